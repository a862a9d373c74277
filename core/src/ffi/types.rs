//! Structures and numbers of the ABI. Numbers that the host sends are plain integers in here, since nobody can keep a
//! host from sending others.

/// Counts up whenever anything in this header changes its meaning, layout or name.
pub const VCABLE_ABI_VERSION: u32 = 1;
/// Most channels a stream can have.
pub const VCABLE_MAX_CHANNELS: u32 = 64;
/// Most frames a cable holds, and most frames of one call.
pub const VCABLE_MAX_FRAMES: u32 = 1_048_576;

/// How one sample is stored. All are little endian; integers are signed.
#[repr(u32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sample {
    /// IEEE 754 binary32, full scale at -1.0 to 1.0.
    F32 = 1,
    /// 16-bit integer.
    S16 = 2,
    /// 24-bit integer, packed in 3 bytes.
    S24 = 3,
    /// 24-bit integer in the low 3 bytes of 4.
    S24In32 = 4,
    /// 32-bit integer.
    S32 = 5,
}

/// How the channels of a stream lie beside each other.
#[repr(u32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// One plane; the samples of a frame are neighbours.
    Interleaved = 1,
    /// One plane per channel.
    Planar = 2,
}

/// The format of a stream. 0 is no value of any field, so that one that was forgotten is noticed.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Format {
    /// A `vcable_sample`.
    pub sample: u32,
    /// A `vcable_layout`.
    pub layout: u32,
    /// 1 to `VCABLE_MAX_CHANNELS`.
    pub channels: u32,
    /// Frames per second, 8000 to 384000.
    pub rate_hz: u32,
}

/// Memory to be lent.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Memory {
    /// Bytes needed; more is no harm.
    pub size_bytes: usize,
    /// Its address must be a multiple of this power of two.
    pub align_bytes: usize,
}

/// How the clocks of the two ends stand to each other.
#[repr(u32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Clocks {
    /// One end's cycle runs the other's: what the reader asks for is there.
    Chained = 1,
    /// One clock runs both ends, in any order: the reader hears the writer's last cycle. Both ends must be told when
    /// their cycles were woken, with the same time for the same cycle.
    Shared = 2,
    /// Two clocks, each with a rate of its own.
    Apart = 3,
    /// The reader's cycle runs the writer's for the next one: whole cycles are heard as they come, and wait for a
    /// reader as the reader does for them.
    Pulled = 4,
}

/// How much work a resampler spends on each frame.
#[repr(u32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quality {
    /// Flat to 18 kHz at 44.1 kHz, residue about -100 dB.
    Fast = 1,
    /// Flat to 20 kHz at 44.1 kHz, residue below -120 dB.
    Balanced = 2,
    /// Flat to 20 kHz at 44.1 kHz, residue below -135 dB.
    High = 3,
}

/// What lies between two input frames of a resampler.
#[repr(u32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Interpolation {
    /// A band-limiting kernel; see `vcable_quality`.
    Sinc = 1,
    /// The cubic through the four nearest frames: cheap, and no filter. For speech and tests, not for music.
    Cubic = 2,
    /// The straight line through the two nearest frames: cheaper and worse.
    Linear = 3,
}

/// What a crossing is made for. Begin with `vcable_crossing_defaults` and change what should differ.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct CrossingSettings {
    /// What the reader's buffers hold.
    pub reader: Format,
    /// A `vcable_clocks`: how the clocks stand to each other at first. Default: chained.
    pub clocks: u32,
    /// 1: the clocks may part later, so bring a resampler even if the first way needs none. 0: they never do.
    pub may_part: u32,
    /// A `vcable_quality`. Default: balanced.
    pub quality: u32,
    /// A `vcable_interpolation`. Default: sinc.
    pub interpolation: u32,
    /// Frames of the output ring behind the resampler, 256 to 4096. It is not latency. Default: 512.
    pub output_frames: u32,
    /// Two clocks: sound to hold in the cable, in frames of the writer; at most the cable's capacity. Both ends'
    /// cycles and the margin are held in any case; with 0, the default, a cycle of the writer beyond them, so that it
    /// may deliver at any moment of its cycle. 1 is the least for a writer that delivers as its cycle begins.
    pub target_frames: u32,
    /// Two clocks: frames of the writer by which an end may be late; at most the cable's capacity. Default: 1 ms.
    pub margin_frames: u32,
    /// Two clocks: most that the ratio may leave its nominal value, in parts per million, up to 20000.
    /// Default: 10000.
    pub limit_ppm: u32,
    /// A `vcable_position` for each of the writer's channels; null for the usual ones of so many channels. Read while
    /// a call runs, not kept.
    pub writer_positions: *const u32,
    /// A `vcable_position` for each of the reader's channels; null for the usual ones. Read while a call runs, not
    /// kept.
    pub reader_positions: *const u32,
}

/// Whether a cycle of a chained reader is due.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Due {
    /// 1: run one cycle of the reader now. 0: wait for the writer's next cycle.
    pub now: u32,
    /// Frames of the writer's time until the reader's next cycle, when one comes before the writer's next: ask again
    /// then. 0: none comes before that.
    pub next_after_frames: u32,
}

/// The counters of a cable. All count from its making; those of the two ends may be a cycle apart.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Cycles the writer ran.
    pub writer_cycles: u64,
    /// Frames that went into the ring.
    pub frames_written: u64,
    /// Frames discarded because no reader was running.
    pub frames_unheard: u64,
    /// Frames dropped because the ring was full.
    pub frames_lost: u64,
    /// Times the ring ran full; one per run of cycles that dropped something.
    pub overruns: u64,
    /// Cycles the reader ran.
    pub reader_cycles: u64,
    /// Frames of real sound that left the ring to be heard.
    pub frames_read: u64,
    /// Frames the reader skipped to be where the writer is: at its start, or in a trim.
    pub frames_trimmed: u64,
    /// Frames of silence the reader delivered for want of sound.
    pub silence_frames: u64,
    /// Times a delivering writer left the reader short; one per run of short cycles.
    pub underruns: u64,
    /// Times the reader skipped frames of a running stream to shed latency.
    pub trims: u64,
}

/// A way across the cable, the cheapest first.
#[repr(u32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Path {
    /// Bytes are copied: bit-exact, no delay of its own.
    Straight = 0,
    /// Samples, layout or channels are converted at one rate and clock: no delay of its own.
    Converted = 1,
    /// Another nominal rate at one clock: resampled at the exact ratio of the rates.
    Resampled = 2,
    /// Two clocks: resampled at a ratio that follows them.
    Adaptive = 3,
}

/// Whether two clocks are held together.
#[repr(u32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lock {
    /// One of the ends has not run yet, or the way is not that of two clocks.
    Starting = 0,
    /// Both ends run; rates and fill are settling.
    Acquiring = 1,
    /// Rates are known to 2 ppm and the fill is at its target.
    Locked = 2,
    /// An end has stopped or its clock jumped: the last known rate is held until both run again.
    Holding = 3,
}

/// How a cable stands now. Its values may be a cycle apart.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Report {
    /// 1 between start and stop of the writer.
    pub writer_running: u32,
    /// 1 between start and stop of the reader.
    pub reader_running: u32,
    /// Frames of the writer's last cycle; 0 from its start until its first.
    pub writer_cycle_frames: u32,
    /// Frames in the ring: all of the latency while the reader has no crossing.
    pub fill_frames: u32,
    /// The `vcable_path` of the reader's last cycle; straight without a crossing.
    pub path: u32,
    /// A `vcable_lock`.
    pub lock: u32,
    /// With a crossing: time the sound spends in the cable, in frames of the reader. 0 without.
    pub latency_frames: f32,
    /// Two clocks: distance that is held between them, in frames of the reader. Else 0.
    pub target_frames: f32,
    /// Two clocks: present ratio over the nominal one, in parts per million. Else 0.
    pub ratio_ppm: f32,
    /// Not used; 0.
    pub reserved: u32,
    /// Discontinuities of the two clocks since the crossing was made.
    pub events: u64,
    /// Times sound was left out or waited for to bring the two ends together, since the crossing was made.
    pub skips: u64,
    /// Times a resampled way ran out of sound, since the crossing was made.
    pub starvations: u64,
}
