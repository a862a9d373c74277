//! Things that wake a node: a timer or a nudge from another loop on its data loop, a notice on the main loop.

use super::host::Loop;
use crate::node::Node;
use crate::sys;
use std::cell::UnsafeCell;
use std::ffi::{c_int, c_void};
use std::ptr::null_mut;

/// What an event is for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A timerfd: the node's own clock.
    Timer,
    /// An eventfd: the other end of the cable, on another loop, has written.
    Wake,
    /// An eventfd on the main loop: the data loop has changed what the main thread tells others.
    Notice,
}

/// A file descriptor on a loop that calls the node back. Removed and closed when dropped.
pub(crate) struct Event {
    on: Loop,
    kind: Kind,
    /// The loop keeps a pointer to it, and writes into it.
    source: Box<UnsafeCell<sys::spa_source>>,
    fd: c_int,
}

// SAFETY: the source is only touched by the loop and, while the loop does not run it, in `new` and
// `drop`, through `Loop::invoke`.
unsafe impl Sync for Event {}
// SAFETY: as above.
unsafe impl Send for Event {}

impl Event {
    /// Adds an event of this kind to the loop that it is for. Main thread.
    ///
    /// # Safety
    /// `node` stays valid until the event is dropped.
    pub(crate) unsafe fn new(on: Loop, kind: Kind, node: *const Node) -> Option<Self> {
        let (fd, function): (c_int, unsafe extern "C" fn(*mut sys::spa_source)) = match kind {
            Kind::Timer => (on.timerfd_create(), on_timer),
            Kind::Wake => (on.eventfd_create(), on_wake),
            Kind::Notice => (on.eventfd_create(), on_notice),
        };
        if fd < 0 {
            return None;
        }
        let source = Box::new(UnsafeCell::new(sys::spa_source {
            loop_: null_mut(),
            func: Some(function),
            data: node.cast::<c_void>().cast_mut(),
            fd,
            mask: sys::SPA_IO_IN,
            rmask: 0,
            priv_: null_mut(),
        }));
        let event = Self { on, kind, source, fd };
        let added = event.on_its_thread(|| event.add());
        added.filter(|code| *code >= 0)?;
        Some(event)
    }

    /// Runs `body` where sources of the loop may be touched. Main thread.
    fn on_its_thread(&self, body: impl FnOnce() -> c_int + Send) -> Option<c_int> {
        match self.kind {
            Kind::Timer | Kind::Wake => self.on.invoke(body),
            // Here and now: a call of its own thread would let the loop serve what waits there first.
            Kind::Notice => Some(body()),
        }
    }

    fn add(&self) -> c_int {
        self.on.add_source(self.source.get())
    }

    fn remove(&self) -> c_int {
        self.on.remove_source(self.source.get())
    }

    /// Fires at `nsec` (`CLOCK_MONOTONIC`), once; 0 disarms. Timers only. Data loop.
    pub(crate) fn arm(&self, nsec: u64) {
        self.on.timerfd_settime(self.fd, nsec);
    }

    /// Fires as soon as its loop comes round; more than once before that counts as once. Wakes and notices only. Any thread.
    pub(crate) fn signal(&self) {
        self.on.eventfd_write(self.fd);
    }
}

impl Drop for Event {
    fn drop(&mut self) {
        let event = &*self;
        event.on_its_thread(|| event.remove());
        self.on.close(self.fd);
    }
}

/// The node and the file descriptor that an event source stands for.
///
/// # Safety
/// `source` is one made by [`Event::new`], called back by its loop.
unsafe fn unpack<'a>(source: *mut sys::spa_source) -> Option<(&'a Node, c_int)> {
    // SAFETY: the loop passes the source that it was given.
    let source = unsafe { source.as_ref() }?;
    // SAFETY: the node outlives its events, by the contract of `Event::new`.
    let node = unsafe { source.data.cast::<Node>().as_ref() }?;
    Some((node, source.fd))
}

unsafe extern "C" fn on_timer(source: *mut sys::spa_source) {
    // SAFETY: called by the loop with our source.
    let Some((node, fd)) = (unsafe { unpack(source) }) else { return };
    // Read whatever state the node is in: a descriptor that stays readable makes the loop spin.
    let read = node.data_loop().map_or(-libc::EIO, |data_loop| data_loop.timerfd_read(fd));
    // -EAGAIN: re-armed since it fired; the new time counts.
    if read >= 0 {
        node.run(|node| {
            node.on_timer();
            0
        });
    }
}

unsafe extern "C" fn on_wake(source: *mut sys::spa_source) {
    // SAFETY: called by the loop with our source.
    let Some((node, fd)) = (unsafe { unpack(source) }) else { return };
    let read = node.data_loop().map_or(-libc::EIO, |data_loop| data_loop.eventfd_read(fd));
    if read >= 0 {
        node.run(|node| {
            node.on_wake();
            0
        });
    }
}

unsafe extern "C" fn on_notice(source: *mut sys::spa_source) {
    // SAFETY: called by the loop with our source.
    let Some((node, fd)) = (unsafe { unpack(source) }) else { return };
    let read = node.main_loop().map_or(-libc::EIO, |main_loop| main_loop.eventfd_read(fd));
    if read >= 0 {
        node.run(|node| {
            node.on_notice();
            0
        });
    }
}
