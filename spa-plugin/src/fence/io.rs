//! The io areas that the host shares with a node: clock, position, buffers, rate match.
//!
//! The host owns them and may read and write them between our callbacks, so they are read and
//! written field by field and never borrowed.

use crate::sys::{self, IoClock};
use std::ffi::{c_char, c_int};
use std::ptr::NonNull;

/// What the clocks of all cables' ends are called, before the cable's name.
pub(crate) const CABLE_CLOCK: &str = "api.vcable.";

/// Makes a wrapper around a host's io area: `Option<Self>` stands for "not set".
macro_rules! area {
    ($(#[$doc:meta])* $name:ident, $raw:ty) => {
        $(#[$doc])*
        #[derive(Clone, Copy)]
        pub(crate) struct $name(NonNull<$raw>);

        // SAFETY: areas are set on the main thread and used on the data loop; the hand-over is
        // made by `Loop::invoke`.
        unsafe impl Send for $name {}

        impl $name {
            /// # Safety
            /// `area` is null or stays valid for reads and writes until the host sets another.
            pub(super) unsafe fn new(area: *mut $raw) -> Option<Self> {
                NonNull::new(area).map(Self)
            }
        }
    };
}

/// Reads one field of an area.
macro_rules! get {
    ($self:ident . $($field:ident).+) => {{
        // SAFETY: the area is valid by the constructor's contract.
        let field = unsafe { &raw const (*$self.0.as_ptr()).$($field).+ };
        // SAFETY: as above, and the field is plain data.
        unsafe { field.read_volatile() }
    }};
}

/// Writes one field of an area.
macro_rules! set {
    ($self:ident . $field:ident = $value:expr) => {{
        let value = $value;
        // SAFETY: the area is valid by the constructor's contract.
        let field = unsafe { &raw mut (*$self.0.as_ptr()).$field };
        // SAFETY: as above, and the field is plain data.
        unsafe { field.write_volatile(value) }
    }};
}

area!(
    /// The clock that this node writes when it drives.
    Clock,
    IoClock
);
area!(
    /// The clock of the driver that runs this node's group; read only.
    Position,
    IoClock
);
area!(
    /// The port's hand-over of buffers.
    PortIo,
    sys::spa_io_buffers
);
area!(
    /// What the adapter's resampler asks of this node.
    RateMatch,
    sys::spa_io_rate_match
);

/// What a driver writes into its clock at the start of a cycle.
pub(crate) struct Tick {
    pub(crate) nsec: u64,
    pub(crate) next_nsec: u64,
    pub(crate) duration_frames: u64,
    pub(crate) rate_hz: u32,
    pub(crate) rate_diff: f64,
}

impl Clock {
    pub(crate) fn id(&self) -> u32 {
        get!(self.id)
    }

    /// Names the clock; cut at 63 bytes.
    pub(crate) fn set_name(&self, name: &str) {
        let mut bytes: [c_char; 64] = [0; 64];
        for (to, from) in bytes.iter_mut().take(63).zip(name.bytes()) {
            *to = from as c_char;
        }
        set!(self.name = bytes);
    }

    /// Starts a cycle. The position advances by what the last cycle lasted.
    pub(crate) fn tick(&self, tick: &Tick) {
        let has_target = get!(self.target_rate.denom) != 0;
        // Daemons without targets write the next cycle's duration straight into `duration`.
        let elapsed = if has_target { get!(self.duration) } else { tick.duration_frames };
        set!(self.nsec = tick.nsec);
        set!(self.position = get!(self.position).wrapping_add(elapsed));
        set!(self.duration = tick.duration_frames);
        if has_target {
            set!(self.rate = sys::spa_fraction { num: 1, denom: tick.rate_hz });
        }
        set!(self.delay = 0);
        set!(self.rate_diff = tick.rate_diff);
        set!(self.next_nsec = tick.next_nsec);
    }
}

impl Position {
    pub(crate) fn clock_id(&self) -> u32 {
        get!(self.id)
    }

    /// Whether the driver is an end of a cable.
    pub(crate) fn is_cable(&self) -> bool {
        let name = get!(self.name);
        name.iter().zip(CABLE_CLOCK.bytes()).all(|(have, wanted)| *have == wanted as c_char)
    }

    /// When the running cycle began, `CLOCK_MONOTONIC`.
    pub(crate) fn nsec(&self) -> u64 {
        get!(self.nsec)
    }

    /// How much faster than its nominal rate the driver runs.
    pub(crate) fn rate_diff(&self) -> f64 {
        let ratio = get!(self.rate_diff);
        if ratio > 0.5 && ratio < 2.0 { ratio } else { 1.0 }
    }

    /// The running cycle: frames and their rate in Hz.
    pub(crate) fn cycle(&self) -> (u64, u32) {
        (get!(self.duration), get!(self.rate.denom))
    }

    /// Whether the daemon tells targets. Before it did it counted what a resampler on the way to a sink takes at the
    /// graph's rate, and since then at the port's.
    pub(crate) fn has_target(&self) -> bool {
        get!(self.target_rate.denom) != 0
    }

    /// The next cycle: frames and their rate in Hz. Daemons before 0.3.68 have no targets: there
    /// the running values are the next ones too.
    pub(crate) fn target(&self) -> (u64, u32) {
        for _ in 0..4 {
            let before = get!(self.target_seq);
            let (frames, rate) = (get!(self.target_duration), get!(self.target_rate.denom));
            if before & 1 == 0 && get!(self.target_seq) == before {
                return if frames == 0 || rate == 0 { self.cycle() } else { (frames, rate) };
            }
        }
        self.cycle()
    }
}

impl PortIo {
    pub(crate) fn status(&self) -> c_int {
        get!(self.status)
    }

    pub(crate) fn set_status(&self, status: c_int) {
        set!(self.status = status);
    }

    pub(crate) fn buffer_id(&self) -> u32 {
        get!(self.buffer_id)
    }

    pub(crate) fn set_buffer_id(&self, id: u32) {
        set!(self.buffer_id = id);
    }
}

impl RateMatch {
    /// Frames that the adapter wants this cycle, at the port's rate; 0 when it does not say.
    pub(crate) fn size_frames(&self) -> u32 {
        get!(self.size)
    }

    /// Frames by which the adapter's resampler is late, at the rate that [`Position::has_target`] tells; 0 when it is not
    /// at work.
    pub(crate) fn delay_frames(&self) -> f64 {
        // Daemons that know no fractions leave 0 there.
        let billionths = f64::from(get!(self.padding)[0] as i32);
        f64::from(get!(self.delay)) + billionths * 1.0e-9
    }
}
