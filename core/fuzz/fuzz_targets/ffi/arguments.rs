//! Arguments of a host, right and wrong, and what is wrong with them.

use std::alloc::Layout as Place;
use std::ffi::c_void;

use vcable_core::ffi::{CrossingSettings, Format, Layout, Memory, Status, VCABLE_MAX_FRAMES};
use vcable_core_fuzz::{Result, Unstructured};

/// Mostly a number that is accepted, now and then one beside it, or any.
pub(crate) fn near(u: &mut Unstructured<'_>, accepted: std::ops::RangeInclusive<u32>) -> Result<u32> {
    match u.int_in_range(0..=15)? {
        0 => Ok(accepted.start().wrapping_sub(1)),
        1 => Ok(accepted.end().wrapping_add(1)),
        2 => u.arbitrary(),
        _ => u.int_in_range(accepted),
    }
}

/// A format; seldom one that is refused.
pub(crate) fn format(u: &mut Unstructured<'_>) -> Result<Format> {
    const USUAL_HZ: [u32; 6] = [48_000, 44_100, 96_000, 192_000, 8_000, 384_000];
    let usual = u.ratio(3, 4)?;
    Ok(Format {
        sample: near(u, 1..=5)?,
        layout: near(u, 1..=2)?,
        channels: if usual { u.int_in_range(1..=4)? } else { near(u, 1..=64)? },
        rate_hz: if usual { *u.choose(&USUAL_HZ)? } else { near(u, 8_000..=384_000)? },
    })
}

/// Whether the ABI promises to take it.
pub(crate) fn is_format(format: &Format) -> bool {
    let Format { sample, layout, channels, rate_hz } = *format;
    (1..=5).contains(&sample)
        && (1..=2).contains(&layout)
        && (1..=64).contains(&channels)
        && (8_000..=384_000).contains(&rate_hz)
}

/// Planes of an accepted format, and bytes of one frame in each.
pub(crate) fn shape(format: &Format) -> (usize, usize) {
    let sample_bytes = [0, 4, 2, 3, 4, 4][format.sample as usize];
    let channels = format.channels as usize;
    if format.layout == Layout::Planar as u32 {
        (channels, sample_bytes)
    } else {
        (1, channels * sample_bytes)
    }
}

/// Frames of a cycle: mostly a usual number, seldom one that is refused.
pub(crate) fn frames(u: &mut Unstructured<'_>) -> Result<u32> {
    const USUAL: [u32; 6] = [64, 128, 256, 441, 480, 1024];
    Ok(match u.int_in_range(0..=15)? {
        0 => *u.choose(&[VCABLE_MAX_FRAMES + 1, u32::MAX])?,
        1..=3 => u.int_in_range(0..=1500)?,
        _ => *u.choose(&USUAL)?,
    })
}

/// A pointer as it is, or now and then one that leads nowhere; and what is then wrong with it.
pub(crate) fn pointer<T>(u: &mut Unstructured<'_>, right: *mut T) -> Result<(*mut T, Option<Status>)> {
    let pointer = match u.int_in_range(0..=63)? {
        0 => std::ptr::null_mut(),
        1 => right.wrapping_byte_add(1),
        _ => right,
    };
    let wrong = if pointer.is_null() { Some(Status::Null) } else { None };
    Ok((pointer, wrong.or(if pointer.is_aligned() { None } else { Some(Status::Misaligned) })))
}

/// Lent memory: exactly as much as a query said, where it may lie.
pub(crate) struct Lent {
    start: *mut u8,
    place: Place,
}

impl Lent {
    pub(crate) fn new(memory: Memory) -> Self {
        let place =
            Place::from_size_align(memory.size_bytes, memory.align_bytes).expect("a size and a power of two");
        assert!(place.size() > 0);
        // SAFETY: the size is not 0.
        let start = unsafe { std::alloc::alloc(place) };
        assert!(!start.is_null(), "no memory for the host");
        Self { start, place }
    }

    /// Address and size to pass on, now and then too small or misaligned; and what is then wrong with them.
    pub(crate) fn lend(&self, u: &mut Unstructured<'_>) -> Result<(*mut c_void, usize, Vec<Status>)> {
        let (at, size) = (self.start.cast::<c_void>(), self.place.size());
        Ok(match u.int_in_range(0..=31)? {
            0 => (std::ptr::null_mut(), size, vec![Status::Null]),
            1 => (at.wrapping_byte_add(4), size - 4, vec![Status::Misaligned, Status::Memory]),
            2 => (at, u.int_in_range(0..=size - 1)?, vec![Status::Memory]),
            3 => (at, usize::MAX, vec![Status::Memory]),
            _ => (at, size, Vec::new()),
        })
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        // SAFETY: from the same allocator, of the same layout.
        unsafe { std::alloc::dealloc(self.start, self.place) };
    }
}

/// Settings of a crossing with the positions they lead to.
pub(crate) struct Wanted {
    pub(crate) settings: CrossingSettings,
    /// Behind the pointers in the settings.
    _positions: [Vec<u32>; 2],
    /// What is wrong with them.
    pub(crate) wrong: Vec<Status>,
}

/// Changes some of `defaults`, which are for a cable of `writer` with so many frames.
pub(crate) fn wanted(
    u: &mut Unstructured<'_>,
    defaults: CrossingSettings,
    writer: &Format,
    capacity_frames: u32,
) -> Result<Wanted> {
    let mut settings = CrossingSettings {
        clocks: near(u, 1..=4)?,
        may_part: near(u, 0..=1)?,
        // The better ones differ in their tables alone, which take milliseconds to make.
        quality: if u.ratio(1, 16)? { near(u, 1..=3)? } else { 1 },
        interpolation: near(u, 1..=3)?,
        ..defaults
    };
    if u.ratio(1, 4)? {
        settings.output_frames = near(u, 256..=4096)?;
        settings.target_frames = near(u, 0..=capacity_frames)?;
        settings.margin_frames = near(u, 0..=capacity_frames)?;
        settings.limit_ppm = near(u, 0..=20_000)?;
    }
    let mut wrong = Vec::new();
    let in_range = |number: u32, most: u32| (1..=most).contains(&number);
    let CrossingSettings { clocks, may_part, quality, interpolation, output_frames, .. } = settings;
    let sizes = settings.target_frames <= capacity_frames
        && settings.margin_frames <= capacity_frames
        && settings.limit_ppm <= 20_000
        && (256..=4096).contains(&output_frames);
    if !(in_range(clocks, 4) && in_range(quality, 3) && in_range(interpolation, 3) && may_part <= 1 && sizes)
    {
        wrong.push(Status::Setting);
    }
    let writer = positions(u, writer.channels, &mut settings.writer_positions, &mut wrong)?;
    let reader = positions(u, settings.reader.channels, &mut settings.reader_positions, &mut wrong)?;
    Ok(Wanted { settings, _positions: [writer, reader], wrong })
}

/// Positions for `channels` channels, or none; `to` is led to them.
fn positions(
    u: &mut Unstructured<'_>,
    channels: u32,
    to: &mut *const u32,
    wrong: &mut Vec<Status>,
) -> Result<Vec<u32>> {
    if u.ratio(3, 4)? {
        return Ok(Vec::new());
    }
    let line = u.ratio(1, 4)?;
    let numbers: Vec<u32> = (0..channels)
        .map(|_| if line { near(u, 4096..=4159) } else { near(u, 0..=37) })
        .collect::<Result<_>>()?;
    if numbers.iter().any(|&number| number > 37 && !(4096..=4159).contains(&number)) {
        wrong.push(Status::Position);
    }
    *to = numbers.as_ptr();
    Ok(numbers)
}
