//! A program without `std`, without an allocator and without an operating system's start-up code, that runs every
//! call of the cable's ends. It is linked, not run: `../bare_link.rs` tells what that proves.
#![no_std]
#![no_main]

use core::{hint::black_box, panic::PanicInfo};

use vcable_core::{
    cable::{
        Cable, Clocks, Crossing, CrossingSettings, EndFormat, Planes, PlanesMut, Reader, Writer, connect,
    },
    convert::Converter,
    format::{ChannelCount, Layout, SampleFormat, SampleRate, StreamFormat},
    remix::{ChannelMap, RemixMatrix},
    resample::{Polyphase, Settings},
};

type Shared<'a> = &'a Cable<&'a mut [u64]>;

/// The port buffers; what they hold is the linker's to guess.
struct Port([[u8; 1024]; 2]);

impl Planes for Port {
    fn plane(&self, index: usize) -> &[u8] {
        self.0.get(index).map_or(&[], |plane| &plane[..])
    }
}

impl PlanesMut for Port {
    fn plane_mut(&mut self, index: usize) -> &mut [u8] {
        self.0.get_mut(index).map_or(&mut [], |plane| &mut plane[..])
    }
}

/// One cycle of everything, kept from being computed in advance.
#[inline(never)]
fn cycle(writer: &mut Writer<Shared<'_>>, reader: &mut Reader<Shared<'_>>, port: &mut Port, frames: usize) {
    writer.start();
    reader.start();
    black_box(writer.write(port, black_box(frames)));
    black_box(reader.due(black_box(frames)));
    black_box(reader.read(port, black_box(frames)));
    black_box(reader.read_follow(port, black_box(frames)));
    black_box(reader.cable().stats().snapshot());
    reader.stop();
    writer.stop();
}

/// Every conversion, as the formats are not known in advance, and a mix.
#[inline(never)]
fn convert(channels: ChannelCount, port: &mut Port) {
    let from = black_box((SampleFormat::S16, Layout::Interleaved));
    let to = black_box((SampleFormat::F32, Layout::Planar));
    let mut converter = Converter::new(from, to, channels).with_dither(black_box(1));
    let [left, right] = &mut port.0;
    let plane = black_box([0_u8; 64]);
    black_box(converter.process(black_box(&[&plane, &plane]), black_box(&mut [left, right]), black_box(16)));

    let matrix = RemixMatrix::new(&ChannelMap::default_for(channels), &ChannelMap::default_for(black_box(channels)));
    let (src, mut dst) = (black_box([0.5; 64]), [0.0; 64]);
    black_box(matrix.apply(black_box(&[&src, &src]), black_box(&mut [&mut dst]), black_box(64)));
}

/// Every way across, as neither format nor clocks are known in advance.
#[inline(never)]
fn cross<'a>(
    cable: Shared<'a>,
    (writer, reader): (&mut Writer<Shared<'a>>, &mut Reader<Shared<'a>>),
    to: EndFormat,
    port: &mut Port,
) {
    type Way<'a> = Crossing<Polyphase<&'a mut [f32]>, &'a mut [f32]>;
        let from = EndFormat::new(*cable.format());
    let settings = CrossingSettings { clocks: black_box(Clocks::Apart), ..CrossingSettings::new(&from, to.clone()) };
    let Some(nominal) = Way::nominal_step(&from, &to) else { return };
    let (mut table, mut samples) = ([0.0; 160_000], [0.0; 8192]);
    let resampler = Polyphase::new(Settings::new(to.stream.channels.get(), nominal), &mut table[..]).ok();
    let Ok(mut crossing) = Way::new(cable, settings, resampler, &mut samples[..]) else { return };
    crossing.start(reader);
    black_box(writer.write_at(port, black_box(64), black_box(1_000_000)));
    black_box(crossing.due(reader, black_box(64)));
    black_box(crossing.read(reader, port, black_box(64), black_box(2_000_000)));
    black_box(crossing.set_clocks(black_box(Clocks::Chained)).is_ok());
    black_box(crossing.read(reader, port, black_box(64), black_box(3_000_000)));
    black_box(reader.cable().report());
}

#[unsafe(no_mangle)]
extern "C" fn _start() -> ! {
    let mut storage = [0_u64; 256];
    if let (Ok(channels), Ok(rate)) = (ChannelCount::new(black_box(2)), SampleRate::new(black_box(48_000))) {
        let format = StreamFormat { sample: SampleFormat::S16, layout: Layout::Planar, channels, rate };
        if let Ok(cable) = Cable::new(&mut storage[..], format, black_box(512)) {
            convert(channels, &mut Port([[0; 1024]; 2]));
            if let Some((mut writer, mut reader)) = connect(&cable) {
                cycle(&mut writer, &mut reader, &mut Port([[0; 1024]; 2]), black_box(64));
                let to = EndFormat::new(black_box(format));
                cross(&cable, (&mut writer, &mut reader), to, &mut Port([[0; 1024]; 2]));
            }
        }
    }
    loop {
        core::hint::spin_loop();
    }
}

#[panic_handler]
fn panic(_info: &PanicInfo<'_>) -> ! {
    unsafe extern "C" {
        /// Defined nowhere: as long as a panic can be reached, the program does not link.
        safe fn a_panic_can_be_reached() -> !;
    }
    a_panic_can_be_reached()
}
