//! Arbitrary input to the driver: formats, ranges, properties, and what clients do with streams in no order at all.
//!
//! A finding ends the process with a report. What is done depends on the seed alone, so that it can be done again.

use std::time::{Duration, Instant};

use fastrand::Rng;

use crate::abi::guid::{MODE_DEFAULT, MODE_RAW};
use crate::abi::ks::ATTRIBUTES;
use crate::endpoint::{Endpoint, Subdevice};
use crate::engine::{self, State, Stream};
use crate::format::{self, Format};
use crate::nt::{event::Event, pool, timer};
use crate::portcls::adapter;
use crate::portcls::filter::Property;
use crate::portcls::request::Request;

/// Overwrites some words with what programs get wrong, and turns some bits.
pub fn damage(bytes: &mut [u8], random: &mut Rng) {
    const WORDS: [u32; 10] = [0, 1, 7, 8, 0x7FFF_FFFF, 0x8000_0000, u32::MAX, 0xFFFE, 22, 104];
    for _ in 0..random.usize(..4) {
        let at = random.usize(..bytes.len());
        if random.bool() {
            bytes[at] ^= 1 << random.u32(..8);
        } else if at + 4 <= bytes.len() {
            bytes[at..at + 4].copy_from_slice(&WORDS[random.usize(..WORDS.len())].to_le_bytes());
        }
    }
}

/// Makes the sizes true that Kernel Streaming checks before a driver sees a format: of the head, and if attributes are
/// flagged, of their list, which begins at the next multiple of eight.
fn as_checked_by_ks(bytes: &mut Vec<u8>) {
    const LIST_BYTES: usize = 8;
    let word = |bytes: &[u8], at: usize| {
        u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
    };
    let size = word(bytes, 0).min(bytes.len() as u32);
    bytes[..4].copy_from_slice(&size.to_le_bytes());
    if word(bytes, 4) & ATTRIBUTES == 0 {
        return;
    }
    let list = (size as usize).next_multiple_of(8);
    bytes.resize(bytes.len().max(list + LIST_BYTES), 0);
    let listed = word(bytes, list).clamp(LIST_BYTES as u32, (bytes.len() - list) as u32);
    bytes[list..list + 4].copy_from_slice(&listed.to_le_bytes());
}

/// Both ends of a cable under arbitrary use.
#[derive(Debug)]
pub struct Fuzzer<'a> {
    ends: &'a [Endpoint; 2],
    random: Rng,
    formats: Vec<Format>,
    properties: Vec<(&'a Subdevice, u32, Property)>,
    streams: [Option<Stream>; 2],
    rounds: u64,
}

fn properties(end: &Endpoint) -> impl Iterator<Item = (&Subdevice, u32, Property)> {
    let both = [&end.wave, &end.topology].into_iter();
    both.flat_map(|one| {
        one.filter.all_properties().into_iter().map(move |(node, property)| (one, node, property))
    })
}

impl<'a> Fuzzer<'a> {
    /// Uses these ends as `seed` has it.
    pub fn new(ends: &'a [Endpoint; 2], seed: u64) -> Self {
        let properties = ends.iter().flat_map(properties).collect();
        let (random, formats) = (Rng::with_seed(seed), format::all());
        Self { ends, random, formats, properties, streams: [None, None], rounds: 0 }
    }

    /// Goes on for that long, closes what is open, and says how many things were done.
    pub fn run(&mut self, time: Duration) -> u64 {
        let start = Instant::now();
        while start.elapsed() < time {
            for _ in 0..100 {
                self.step();
            }
            pool::assert_intact();
        }
        for stream in self.streams.iter_mut().filter_map(Option::take) {
            stream.close();
        }
        self.rounds
    }

    fn step(&mut self) {
        self.rounds += 1;
        match self.random.u8(..4) {
            0 => self.offer(),
            1 => self.ask(),
            _ => self.stream(),
        }
    }

    fn format(&mut self) -> Format {
        self.formats[self.random.usize(..self.formats.len())]
    }

    /// Damaged formats and ranges.
    fn offer(&mut self) {
        let (end, format) = (&self.ends[self.random.usize(..2)], self.format());
        let mut bytes =
            if self.random.bool() { format.bytes_with_mode(MODE_RAW) } else { format.short_bytes() };
        damage(&mut bytes, &mut self.random);
        as_checked_by_ks(&mut bytes);
        drop(engine::new_stream(end, end.host_pin, !end.is_render, &bytes));
        let mut range = format.range();
        damage(bytemuck::bytes_of_mut(&mut range), &mut self.random);
        range.range.size = range.range.size.clamp(64, 88);
        for mine in end.wave.filter.ranges(end.host_pin) {
            engine::intersect(end, &range, mine.address, self.random.usize(..200));
        }
    }

    /// Requests for properties with any verb, sizes and contents.
    fn ask(&mut self) {
        let mut value = self.format().bytes_with_mode(MODE_DEFAULT);
        let random = &mut self.random;
        let (one, node, property) = &self.properties[random.usize(..self.properties.len())];
        let verb = [1, 2, 0x200, 0x201, 0x202, random.u32(..)][random.usize(..6)];
        let mut instance = [random.u32(..3).to_le_bytes(), [0; 4]].concat();
        damage(&mut instance, random);
        damage(&mut value, random);
        instance.truncate(random.usize(..12));
        value.truncate(if random.bool() { random.usize(..160) } else { value.len() });
        let node = if random.u8(..8) == 0 { random.u32(..) } else { *node };
        let miniport = one.port.miniport();
        let request = Request { node, ..Request::new(miniport.address(), property, verb) };
        request.instance(&instance).value(&value).send();
    }

    /// One thing that a client may do with a stream, in any state.
    fn stream(&mut self) {
        let (which, format) = (self.random.usize(..2), self.format());
        let (random, slot) = (&mut self.random, &mut self.streams[which]);
        let Some(stream) = slot else {
            *slot = Stream::open(&self.ends[which], format).ok();
            return;
        };
        match random.u8(..12) {
            0 => drop(
                stream.set_state([State::Stop, State::Acquire, State::Pause, State::Run][random.usize(..4)]),
            ),
            1 => stream.go([State::Stop, State::Pause, State::Run][random.usize(..3)]),
            2 if !stream.has_buffer() => {
                let bytes = random.usize(..40_000);
                let _ = stream.allocate(bytes, random.u32(..4));
            }
            3 if random.u8(..8) == 0 => stream.free(),
            4 if stream.events() < 4 => drop(stream.register()),
            5 => {
                let stranger = Event::new();
                let arguments = [stranger.address().into()];
                stream.notification.status("UnregisterNotificationEvent", 14, &arguments);
            }
            6 => drop(stream.set_write_packet(random.u32(..8), random.u32(..2) << 9, random.u32(..4000))),
            7 => drop((stream.read_packet(), stream.packet_count(), stream.presentation())),
            8 => drop(stream.position()),
            9 => timer::stall(random.i64(0..80_000_000)),
            10 if random.u8(..16) == 0 => adapter::change_power(random.u32(1..5), 1),
            11 if random.u8(..8) == 0 => slot.take().into_iter().for_each(Stream::close),
            _ => timer::advance(random.i64(0..5_000_000)),
        }
    }
}
