//! A clock that no node of the plugin has: hardware that drives a group.

use super::areas::Position;
use super::graph::Graph;
use super::world::{Wakes, World};
use libspa_sys as sys;
use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};

/// A driver of the host's own, with cycles of one size.
pub(crate) struct Foreign {
    me: Weak<Self>,
    world: Rc<World>,
    pub(crate) position: Rc<Position>,
    members: RefCell<Vec<Weak<Graph>>>,
    /// The length of a cycle.
    period_nsec: f64,
    start_nsec: Cell<u64>,
    cycles: Cell<u64>,
    /// Bit by bit, cycle by cycle and over again: whether the members run in the other order.
    pub(crate) turned: Cell<u64>,
    /// As many cycles from now on the first member has no part in.
    pub(crate) misses: Cell<u32>,
}

impl Foreign {
    /// A clock that runs `ppm` millionths faster than it says, and begins with the next event.
    pub(crate) fn start(world: &Rc<World>, frames: u64, rate_hz: u32, ppm: f64) -> Rc<Self> {
        let position = Position::new(world.new_id());
        position.clock.duration.set(frames);
        position.clock.target_duration.set(frames);
        let rate = sys::spa_fraction { num: 1, denom: rate_hz };
        position.clock.rate.set(rate);
        position.clock.target_rate.set(rate);
        let speed = 1.0 + ppm * 1e-6;
        position.clock.rate_diff.set(speed);
        let foreign = Rc::new_cyclic(|me| Self {
            me: Weak::clone(me),
            world: Rc::clone(world),
            position: Rc::new(position),
            members: RefCell::default(),
            period_nsec: frames as f64 * 1e9 / (f64::from(rate_hz) * speed),
            start_nsec: Cell::new(world.now_nsec()),
            cycles: Cell::new(0),
            turned: Cell::new(0),
            misses: Cell::new(0),
        });
        foreign.wait();
        foreign
    }

    /// Takes a node into the group.
    pub(crate) fn drive(&self, graph: &Rc<Graph>) {
        graph.follow_clock(&self.position);
        self.members.borrow_mut().push(Rc::downgrade(graph));
    }

    /// Gives a node its own clock back.
    pub(crate) fn release(&self, graph: &Rc<Graph>) {
        self.leave(graph);
        graph.lead(None);
    }

    /// Takes a node out of the group; whose clock it has then is for another to say.
    pub(crate) fn leave(&self, graph: &Rc<Graph>) {
        self.members.borrow_mut().retain(|member| !member.ptr_eq(&Rc::downgrade(graph)));
    }

    fn nsec_of(&self, cycle: u64) -> u64 {
        self.start_nsec.get() + (cycle as f64 * self.period_nsec) as u64
    }

    fn wait(&self) {
        let me: Weak<dyn Wakes> = Weak::<Self>::clone(&self.me);
        self.world.wait_for(me, self.nsec_of(self.cycles.get()));
    }
}

impl Wakes for Foreign {
    /// A cycle begins.
    fn wake(&self) {
        let cycle = self.cycles.replace(self.cycles.get() + 1);
        let clock = &self.position.clock;
        clock.nsec.set(self.nsec_of(cycle));
        clock.next_nsec.set(self.nsec_of(cycle + 1));
        clock.position.set(cycle * clock.duration.get());
        let members = self.members.borrow();
        let first = usize::from(self.misses.get() > 0);
        self.misses.set(self.misses.get().saturating_sub(1));
        let run = |member: &Weak<Graph>| {
            if let Some(member) = member.upgrade() {
                member.run_as_member();
            }
        };
        if self.turned.get() >> (cycle % 64) & 1 == 1 {
            members.iter().skip(first).rev().for_each(run);
        } else {
            members.iter().skip(first).for_each(run);
        }
        self.wait();
    }
}
