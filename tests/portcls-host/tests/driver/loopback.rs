//! What is played is what is recorded.

use fastrand::Rng;
use vcable_portcls_host::engine::{State, Stream};
use vcable_portcls_host::format::{self, Format};
use vcable_portcls_host::machine::Machine;
use vcable_portcls_host::nt::timer;
use vcable_portcls_host::transfer::{Transfer, delay_frames};
use vcable_portcls_host::{isolated, measured};
use vcable_tests::signal::measure_purity;

const MS: i64 = 1_000_000;

/// Noise that is in the format's range: any bits are integers, and floats are kept within full scale.
fn noise(format: Format, frames: usize, seed: u64) -> Vec<u8> {
    let mut random = Rng::with_seed(seed);
    let samples = frames * format.channels as usize;
    if format.float {
        return (0..samples).flat_map(|_| (random.f32() * 2.0 - 1.0).to_le_bytes()).collect();
    }
    let unused = ((format.container - format.valid) / 8) as usize;
    let bytes = (format.container / 8) as usize;
    (0..samples)
        .flat_map(|_| {
            let mut sample = random.u32(..).to_le_bytes().to_vec();
            sample.truncate(bytes);
            sample[..unused].fill(0);
            // No frame of silence, which could be mistaken for what precedes the sound.
            sample[bytes - 1] |= 1;
            sample
        })
        .collect()
}

#[test]
fn every_equal_format_arrives_bit_by_bit_within_a_tick() {
    isolated(|| {
        let machine = Machine::start();
        let ends = machine.cable(1);
        let mut latest = 0.0_f64;
        for format in format::all() {
            let frames = format.rate_hz as usize / 5;
            let sound = noise(format, frames, u64::from(format.rate_hz));
            let mut transfer = Transfer::open(&ends, format, format).expect("a cable");
            let heard = transfer.run(&sound, 25);
            let delay = delay_frames(&heard, &sound[..format.frame_bytes()]);
            let delay = delay.unwrap_or_else(|| panic!("nothing of {format:?} arrives"));
            let from = delay * format.frame_bytes();
            assert!(heard[..from].iter().all(|&byte| byte == 0), "{format:?}: other than silence before");
            assert!(heard[from..from + sound.len()] == sound[..], "{format:?} is not exact");
            assert!(heard[from + sound.len()..].iter().all(|&byte| byte == 0), "{format:?}: a rest behind");
            let delay_ms = delay as f64 * 1000.0 / f64::from(format.rate_hz);
            assert!(delay_ms <= 1.0, "{format:?} takes {delay_ms} ms");
            latest = latest.max(delay_ms);
            transfer.close();
        }
        measured(&format!(
            "{} equal formats bit-exact, the latest after {latest:.3} ms",
            format::all().len()
        ));
        drop(ends);
        machine.finish();
    });
}

#[test]
fn recording_without_a_player_is_silence() {
    isolated(|| {
        let machine = Machine::start();
        let (render, capture) = machine.cable(1);
        let format = Format::float(48_000, 2);
        let mut recording = Stream::ready(&capture, format, 960, 2).expect("a stream");
        recording.go(State::Run);
        timer::advance(500 * MS);
        let mut heard = vec![0xEE; 7680];
        recording.read(0, &mut heard);
        assert!(heard.iter().all(|&byte| byte == 0));
        recording.close();
        drop((render, capture));
        machine.finish();
    });
}

#[test]
fn playing_without_a_recorder_goes_on_and_is_not_heard_later() {
    isolated(|| {
        let machine = Machine::start();
        let (render, capture) = machine.cable(1);
        let format = Format::pcm16(48_000, 2);
        let mut playing = Stream::ready(&render, format, 960, 2).expect("a stream");
        playing.write(0, &noise(format, 960, 3));
        playing.go(State::Run);
        timer::advance(1005 * MS);
        assert_eq!(playing.packet_count(), Ok(100));
        playing.write(0, &[0; 3840]);
        timer::advance(100 * MS);
        let mut recording = Stream::ready(&capture, format, 960, 2).expect("a stream");
        recording.go(State::Run);
        timer::advance(50 * MS);
        let mut heard = vec![0xEE; 3840];
        recording.read(0, &mut heard);
        assert!(heard.iter().all(|&byte| byte == 0), "old sound is heard");
        playing.close();
        recording.close();
        drop((render, capture));
        machine.finish();
    });
}

#[test]
fn a_player_that_stops_leaves_silence() {
    isolated(|| {
        let machine = Machine::start();
        let (render, capture) = machine.cable(1);
        let format = Format::pcm16(48_000, 2);
        let mut recording = Stream::ready(&capture, format, 960, 2).expect("a stream");
        recording.go(State::Run);
        for stop in [State::Pause, State::Stop] {
            let mut playing = Stream::ready(&render, format, 960, 2).expect("a stream");
            playing.write(0, &noise(format, 960, 3));
            playing.go(State::Run);
            timer::advance(50 * MS);
            let mut heard = vec![0; 3840];
            recording.read(0, &mut heard);
            assert!(heard.iter().any(|&byte| byte != 0));
            playing.go(stop);
            timer::advance(50 * MS);
            recording.read(0, &mut heard);
            assert!(heard.iter().all(|&byte| byte == 0), "after {stop:?}");
            playing.close();
        }
        recording.close();
        drop((render, capture));
        machine.finish();
    });
}

#[test]
fn cables_do_not_hear_each_other() {
    isolated(|| {
        let machine = Machine::with_cables(3);
        let format = Format::pcm16(48_000, 2);
        let ends: Vec<_> = (1..=3).map(|cable| machine.cable(cable)).collect();
        let mut streams: Vec<_> = ends
            .iter()
            .map(|(render, capture)| {
                let ready = |end| Stream::ready(end, format, 960, 2).expect("a stream");
                (ready(render), ready(capture))
            })
            .collect();
        let sounds: Vec<_> = (0..3_u8).map(|cable| vec![cable * 17; 3840]).collect();
        for ((playing, recording), sound) in streams.iter_mut().zip(&sounds) {
            playing.write(0, sound);
            recording.go(State::Run);
            playing.go(State::Run);
        }
        timer::advance(100 * MS);
        for ((playing, recording), sound) in streams.into_iter().zip(&sounds) {
            let mut heard = vec![0xEE; 3840];
            recording.read(0, &mut heard);
            assert_eq!(&heard, sound);
            playing.close();
            recording.close();
        }
        drop(ends);
        machine.finish();
    });
}

/// A tone of 997 Hz at half of full scale, as floats.
fn tone(format: Format, seconds: f64) -> Vec<u8> {
    let frames = (seconds * f64::from(format.rate_hz)) as usize;
    (0..frames)
        .flat_map(|frame| {
            let phase = frame as f64 * 997.0 * std::f64::consts::TAU / f64::from(format.rate_hz);
            (0.5 * phase.sin() as f32).to_le_bytes().repeat(format.channels as usize)
        })
        .collect()
}

/// Samples as they lie.
fn floats(bytes: &[u8]) -> Vec<f32> {
    bytes.chunks_exact(4).map(bytemuck::pod_read_unaligned).collect()
}

/// The first channel of floats.
fn first_channel(bytes: &[u8], format: Format) -> Vec<f64> {
    bytes
        .chunks_exact(format.frame_bytes())
        .map(|frame| f64::from(f32::from_le_bytes(frame[..4].try_into().expect("a float"))))
        .collect()
}

#[test]
fn other_rates_keep_the_purity_of_the_cores_resampler() {
    /// What the core promises of its resampler without the standard library, at its middle quality.
    const PURE_DB: f64 = -100.0;
    isolated(|| {
        let machine = Machine::start();
        let ends = machine.cable(1);
        let mut worst = f64::NEG_INFINITY;
        for (from, to) in [
            (44_100, 48_000),
            (48_000, 44_100),
            (48_000, 96_000),
            (96_000, 44_100),
            (192_000, 48_000),
            (44_100, 192_000),
        ] {
            let (played, recorded) = (Format::float(from, 1), Format::float(to, 1));
            let mut transfer = Transfer::open(&ends, played, recorded).expect("a cable");
            let heard = transfer.run(&tone(played, 3.0), 290);
            let heard = first_channel(&heard, recorded);
            let purity = measure_purity(&heard[to as usize / 2..], f64::from(to), 997.0);
            assert!(purity.worst_db < PURE_DB, "{from} to {to}: {purity:?}");
            worst = worst.max(purity.worst_db);
            transfer.close();
        }
        measured(&format!("997 Hz through other rates: THD+N {worst:.1} dB at worst"));
        drop(ends);
        machine.finish();
    });
}

#[test]
fn other_sample_formats_and_channels_keep_the_sound() {
    isolated(|| {
        let machine = Machine::start();
        let ends = machine.cable(1);
        for (container, valid) in [(16, 16), (24, 24), (32, 24), (32, 32)] {
            let played = Format { rate_hz: 48_000, channels: 2, container, valid, float: false };
            let recorded = Format::float(48_000, 2);
            let sound = noise(played, 4800, 5);
            let mut transfer = Transfer::open(&ends, played, recorded).expect("a cable");
            let heard = transfer.run(&sound, 20);
            let wanted: Vec<f64> = sound
                .chunks_exact((container / 8) as usize)
                .map(|sample| {
                    let mut wide = [0; 4];
                    wide[4 - sample.len()..].copy_from_slice(sample);
                    f64::from(i32::from_le_bytes(wide)) / 2_147_483_648.0
                })
                .collect();
            let heard: Vec<f64> = heard
                .chunks_exact(4)
                .map(|sample| f64::from(f32::from_le_bytes(sample.try_into().expect("a float"))))
                .collect();
            let from = heard.iter().position(|&sample| sample != 0.0).expect("sound");
            assert!(from <= 2 * 48, "{from} samples late");
            for (index, wanted) in wanted.iter().enumerate() {
                let got = heard[from + index];
                assert!((got - wanted).abs() < 1.0 / 8_388_608.0, "{played:?}: {got} for {wanted}");
            }
            transfer.close();
        }
        drop(ends);
        machine.finish();
    });
}

#[test]
fn mono_reaches_both_channels_and_stereo_one() {
    isolated(|| {
        let machine = Machine::start();
        let ends = machine.cable(1);
        let (mono, stereo) = (Format::float(48_000, 1), Format::float(48_000, 2));
        let mut transfer = Transfer::open(&ends, mono, stereo).expect("a cable");
        let heard = transfer.run(&tone(mono, 0.5), 40);
        let samples = floats(&heard);
        assert!(samples.iter().any(|&sample| sample.abs() > 0.2));
        assert!(samples.chunks(2).all(|frame| (frame[0] - frame[1]).abs() < 1e-6));
        transfer.close();
        let mut transfer = Transfer::open(&ends, stereo, mono).expect("a cable");
        let heard = transfer.run(&tone(stereo, 0.5), 40);
        let samples = floats(&heard);
        assert!(samples.iter().any(|&sample| sample.abs() > 0.2));
        transfer.close();
        drop(ends);
        machine.finish();
    });
}

/// A frame that tells its number.
fn numbered(index: u64) -> [u8; 4] {
    (((index % 0xFFFF_FFFB) as u32).wrapping_mul(0x9E37_79B1) | 1).to_le_bytes()
}

#[test]
fn a_day_passes_without_a_lost_frame() {
    const SECONDS: u64 = 24 * 3600;
    const FRAMES: u64 = 48_000;
    const PERIOD: u64 = 7 * FRAMES + 1;
    isolated(|| {
        let machine = Machine::start();
        let (render, capture) = machine.cable(1);
        let format = Format::pcm16(48_000, 2);
        // Buffers of two seconds: the programs come each second, in the middle of one.
        let ready = |end| Stream::ready(end, format, 2 * FRAMES as usize, 2).expect("a stream");
        let (mut playing, mut recording) = (ready(&render), ready(&capture));
        // Noise that comes again only after more frames than any buffer holds, a number that no second is a multiple of.
        let noise: Vec<u8> = (0..PERIOD + FRAMES).flat_map(|frame| numbered(frame % PERIOD)).collect();
        let bytes = FRAMES as usize * 4;
        let from = |frame: u64| {
            let at = (frame % PERIOD) as usize * 4;
            &noise[at..at + bytes]
        };
        playing.write(0, from(0));
        playing.write(bytes, from(FRAMES));
        recording.go(State::Run);
        playing.go(State::Run);
        let start = timer::now_ns();
        timer::advance(1500 * MS);
        let mut heard = vec![0; bytes];
        recording.read(0, &mut heard);
        playing.write(0, from(2 * FRAMES));
        let delay = delay_frames(&heard, &numbered(0)).expect("the sound") as u64;
        assert!(delay <= 48, "{delay} frames late");
        for second in 1..SECONDS {
            timer::advance(1000 * MS);
            let at = (second % 2) as usize * bytes;
            recording.read(at, &mut heard);
            assert!(heard == from(second * FRAMES - delay), "second {second}");
            playing.write(at, from((second + 2) * FRAMES));
        }
        let exact = (i128::from(timer::now_ns() - start) * 48_000 / 1_000_000_000) as u64;
        let frames = playing.presentation().expect("a position").frames;
        assert!(exact.abs_diff(frames) <= 1, "{frames} frames instead of {exact}");
        measured(&format!("24 hours: {frames} frames, none lost, {} off", exact.abs_diff(frames)));
        playing.close();
        recording.close();
        drop((render, capture));
        machine.finish();
    });
}

#[test]
fn late_ticks_lose_nothing_that_is_still_in_the_buffer() {
    isolated(|| {
        let machine = Machine::start();
        let (render, capture) = machine.cable(1);
        let format = Format::pcm16(48_000, 2);
        let ready = |end| Stream::ready(end, format, 48_000, 2).expect("a stream");
        let (mut playing, mut recording) = (ready(&render), ready(&capture));
        let sound: Vec<u8> = (0..48_000).flat_map(numbered).collect();
        playing.write(0, &sound);
        recording.go(State::Run);
        playing.go(State::Run);
        let mut random = Rng::with_seed(11);
        let end = timer::now_ns() + 990 * MS;
        while timer::now_ns() < end {
            timer::stall(random.i64(1..40) * MS / 3);
        }
        timer::advance(2 * MS);
        let mut heard = vec![0; 47_000 * 4];
        recording.read(0, &mut heard);
        let from = 4 * delay_frames(&heard, &sound[..4]).expect("the sound");
        assert!(heard[from..] == sound[..heard.len() - from]);
        playing.close();
        recording.close();
        drop((render, capture));
        machine.finish();
    });
}
