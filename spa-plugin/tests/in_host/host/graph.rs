//! The adapter and the daemon around one node, and the player or recorder that is linked to it.

use super::areas::{PortIo, Position, RateMatch, raw};
use super::buffers::Buffer;
use super::node::{End, Node};
use super::tape::Tape;
use super::world::{Wakes, World};
use libspa_sys as sys;
use std::cell::{Cell, RefCell};
use std::ffi::{c_int, c_void};
use std::rc::{Rc, Weak};

/// Which daemon is played.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Style {
    /// 0.3.65: no targets in the clock, two buffers, a group runs within `ready`.
    Old,
    /// Since 1.0: targets, one buffer, a group runs after `ready` and takes this long.
    New { work_nsec: u64 },
}

/// One cycle that a node's clock began.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Begun {
    /// What the clock says.
    pub(crate) nsec: u64,
    /// When it happened.
    pub(crate) now_nsec: u64,
    pub(crate) frames: u64,
}

/// What must never happen, counted.
#[derive(Default)]
pub(crate) struct Faults {
    /// A cycle began before its predecessor was finished.
    pub(crate) overlaps: Cell<u32>,
    /// A cycle began within itself.
    pub(crate) recursions: Cell<u32>,
    /// `ready` of a node that does not drive, or does not run.
    pub(crate) strays: Cell<u32>,
    /// The node answered `process` with an error.
    pub(crate) errors: Cell<u32>,
}

/// Cycles that are remembered: the list must not grow while the trap is armed.
const MAX_CYCLES: usize = 1 << 15;
/// Cycles of one group within each other, at most: sound that goes round must not run for ever.
const MAX_DEPTH: u32 = 8;

static CALLBACKS: sys::spa_node_callbacks = sys::spa_node_callbacks {
    version: sys::SPA_VERSION_NODE_CALLBACKS,
    ready: Some(ready),
    reuse_buffer: None,
    xrun: None,
};

/// One node, as its host has it.
pub(crate) struct Graph {
    me: Weak<Self>,
    /// First to be dropped: it uses the rest.
    pub(crate) node: Node,
    pub(crate) end: End,
    pub(crate) position: Rc<Position>,
    pub(crate) io: Box<PortIo>,
    pub(super) rate_match: Box<RateMatch>,
    pub(super) buffers: RefCell<Vec<Buffer>>,
    pub(super) next_buffer: Cell<usize>,
    pub(super) tape: Rc<Tape>,
    pub(super) style: Style,
    pub(super) port_rate_hz: Cell<u32>,
    /// The clock of the group.
    pub(super) driver: RefCell<Rc<Position>>,
    group: RefCell<Vec<Weak<Self>>>,
    pub(super) started: Cell<bool>,
    is_unfinished: Cell<bool>,
    depth: Cell<u32>,
    begun: RefCell<Vec<Begun>>,
    begun_count: Cell<u64>,
    /// Cycles that the player will have nothing for.
    pub(crate) misses: Cell<u32>,
    /// How much longer than usual the clients will take for the next cycle.
    pub(crate) late_nsec: Cell<u64>,
    /// Neither frames nor times are kept: for long runs.
    pub(crate) is_counting_only: Cell<bool>,
    pub(crate) faults: Faults,
    /// Called in every `ready`.
    pub(crate) on_ready: Cell<fn()>,
    /// How long the next `ready` takes.
    pub(crate) busy_nsec: Cell<u64>,
}

impl Graph {
    /// Puts a node under an adapter: callbacks and io areas, nothing negotiated yet.
    pub(crate) fn new(node: Node, end: End, style: Style, tape: &Rc<Tape>) -> Rc<Self> {
        let position = Rc::new(Position::new(node.world.new_id()));
        let graph = Rc::new_cyclic(|me| Self {
            me: Weak::clone(me),
            node,
            end,
            driver: RefCell::new(Rc::clone(&position)),
            position,
            io: Box::new(PortIo::new()),
            rate_match: Box::new(RateMatch::new()),
            buffers: RefCell::default(),
            next_buffer: Cell::new(0),
            tape: Rc::clone(tape),
            style,
            port_rate_hz: Cell::new(0),
            group: RefCell::default(),
            started: Cell::new(false),
            is_unfinished: Cell::new(false),
            depth: Cell::new(0),
            begun: RefCell::new(Vec::with_capacity(MAX_CYCLES)),
            begun_count: Cell::new(0),
            misses: Cell::new(0),
            late_nsec: Cell::new(0),
            is_counting_only: Cell::new(false),
            faults: Faults::default(),
            on_ready: Cell::new(|| ()),
            busy_nsec: Cell::new(0),
        });
        graph.attach();
        graph
    }

    fn attach(&self) {
        let data: *mut c_void = (&raw const *self).cast_mut().cast();
        // SAFETY: the callbacks are constants, and the graph drops its node first.
        assert_eq!(unsafe { self.node.set_callbacks(&raw const CALLBACKS, data) }, 0);
        let (area, size) = raw(&*self.rate_match);
        // SAFETY: the area lives in the graph.
        let set = unsafe { self.node.port_set_io(self.port(), sys::SPA_IO_RateMatch, area, size) };
        assert_eq!(set, 0);
        let (area, size) = raw(&self.position.clock);
        // SAFETY: as above.
        assert_eq!(unsafe { self.node.set_io(sys::SPA_IO_Clock, area, size) }, 0);
        self.set_position(&self.position);
    }

    pub(crate) fn port(&self) -> (sys::spa_direction, u32) {
        (self.end.direction(), 0)
    }

    pub(super) fn world(&self) -> &World {
        &self.node.world
    }

    // --- whose clock -----------------------------------------------------------------------------

    fn set_position(&self, position: &Rc<Position>) {
        let (area, size) = raw(&**position);
        // SAFETY: the area is kept in `driver`.
        assert_eq!(unsafe { self.node.set_io(sys::SPA_IO_Position, area, size) }, 0);
        self.driver.replace(Rc::clone(position));
    }

    /// Makes the node a follower of `driver`'s group.
    pub(crate) fn follow(&self, driver: &Self) {
        self.follow_clock(&driver.position);
        driver.group.borrow_mut().push(Weak::clone(&self.me));
    }

    /// Makes the node follow a clock that no node of the plugin has.
    pub(crate) fn follow_clock(&self, position: &Rc<Position>) {
        self.set_position(position);
    }

    /// Takes the node out of the group of `driver`: its own clock runs it again.
    pub(crate) fn lead(&self, driver: Option<&Self>) {
        if let Some(driver) = driver {
            driver.group.borrow_mut().retain(|member| !Weak::ptr_eq(member, &self.me));
        }
        self.set_position(&self.position);
    }

    fn is_driving(&self) -> bool {
        Rc::ptr_eq(&self.driver.borrow(), &self.position)
    }

    /// What the node's own clock is to run at from the next cycle on.
    pub(crate) fn set_quantum(&self, frames: u64, rate_hz: u32) {
        let clock = &self.position.clock;
        let rate = sys::spa_fraction { num: 1, denom: rate_hz };
        if self.style == Style::Old || clock.duration.get() == 0 {
            clock.duration.set(frames);
            clock.rate.set(rate);
        }
        if self.style != Style::Old {
            clock.target_seq.set(clock.target_seq.get() + 2);
            clock.target_duration.set(frames);
            clock.target_rate.set(rate);
        }
    }

    // --- cycles ----------------------------------------------------------------------------------

    fn ready(&self) -> c_int {
        (self.on_ready.get())();
        self.world().stall(self.busy_nsec.take());
        if !self.started.get() || !self.is_driving() {
            bump(&self.faults.strays);
            return -libc::EIO;
        }
        if self.depth.get() > 0 {
            bump(&self.faults.recursions);
        }
        if self.depth.get() == MAX_DEPTH {
            return -libc::EIO;
        }
        self.note();
        if self.end == End::Source {
            self.fetch();
        }
        match self.style {
            Style::Old => {
                self.depth.set(self.depth.get() + 1);
                self.run_members();
                self.depth.set(self.depth.get() - 1);
            }
            Style::New { work_nsec } => {
                if self.is_unfinished.replace(true) {
                    // What the daemon calls an xrun: it ends the old cycle, and the work that is under way
                    // serves the new one.
                    bump(&self.faults.overlaps);
                    self.process();
                } else {
                    let me: Weak<dyn Wakes> = Weak::<Self>::clone(&self.me);
                    self.world().wait_for(me, self.world().now_nsec() + work_nsec + self.late_nsec.take());
                }
            }
        }
        0
    }

    fn note(&self) {
        self.begun_count.set(self.begun_count.get() + 1);
        if self.is_counting_only.get() {
            return;
        }
        let mut begun = self.begun.borrow_mut();
        assert!(begun.len() < MAX_CYCLES, "more cycles than a test can want");
        let clock = &self.position.clock;
        let now_nsec = self.world().now_nsec();
        begun.push(Begun { nsec: clock.nsec.get(), now_nsec, frames: clock.duration.get() });
    }

    /// The cycles that the node's clock began since the last call.
    pub(crate) fn take_begun(&self) -> Vec<Begun> {
        self.begun.borrow_mut().drain(..).collect()
    }

    /// How many there were in all.
    pub(crate) fn begun_count(&self) -> u64 {
        self.begun_count.get()
    }

    fn run_members(&self) {
        for member in &*self.group.borrow() {
            if let Some(member) = member.upgrade() {
                member.run_as_member();
            }
        }
        match self.end {
            End::Sink => self.play(),
            End::Source => self.process(),
        }
    }

    /// A cycle of the group that this node is in, and does not drive.
    pub(crate) fn run_as_member(&self) {
        if !self.started.get() {
            return;
        }
        match self.end {
            End::Sink => self.play(),
            End::Source => {
                if !self.fetch() {
                    self.process();
                    self.fetch();
                }
            }
        }
    }
}

impl Wakes for Graph {
    /// The player, or the recorder, is done.
    fn wake(&self) {
        self.is_unfinished.set(false);
        if self.started.get() {
            self.run_members();
        }
    }
}

pub(super) fn bump(counter: &Cell<u32>) {
    counter.set(counter.get() + 1);
}

unsafe extern "C" fn ready(data: *mut c_void, _status: c_int) -> c_int {
    // SAFETY: the graph gave itself with the callbacks, and outlives its node.
    unsafe { &*data.cast::<Graph>() }.ready()
}
