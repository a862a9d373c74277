//! What the daemon lends: its data loop and system calls, the clocks, the listeners.

use std::cell::UnsafeCell;
use std::ffi::{c_char, c_int, c_void};
use std::mem::{MaybeUninit, offset_of};
use std::ptr::{NonNull, null, null_mut};

use libspa_sys as sys;

use crate::pace::Cycle;

/// `struct spa_io_clock` since about 0.3.68, where 0.3.65 has padding of the same size. A target of zero
/// means an older daemon.
#[repr(C)]
#[derive(Clone, Copy)]
pub(crate) struct IoClock {
    flags: u32,
    pub(crate) id: u32,
    name: [c_char; 64],
    nsec: u64,
    rate: sys::spa_fraction,
    position: u64,
    duration: u64,
    delay: i64,
    rate_diff: f64,
    next_nsec: u64,
    target_rate: sys::spa_fraction,
    target_duration: u64,
    rest: [u32; 4],
}

const _: () = {
    assert!(size_of::<IoClock>() == size_of::<sys::spa_io_clock>());
    assert!(offset_of!(IoClock, next_nsec) == offset_of!(sys::spa_io_clock, next_nsec));
    assert!(offset_of!(IoClock, target_rate) == offset_of!(sys::spa_io_clock, padding));
    assert!(offset_of!(sys::spa_io_position, clock) == 0);
};

/// An io area with a clock in it: the node's own, or its driver's. The host may touch it at any time, so it
/// is read and written as a whole, field by field, and never borrowed.
#[derive(Clone, Copy)]
pub(crate) struct Area(NonNull<IoClock>);

// SAFETY: set on the main thread, used on the data loop; the hand-over is made by `Host::invoke`.
unsafe impl Send for Area {}

macro_rules! set {
    ($area:ident . $field:ident = $value:expr) => {{
        // SAFETY: the area is valid by the constructor's contract.
        let field = unsafe { &raw mut (*$area.0.as_ptr()).$field };
        // SAFETY: as above, and plain data.
        unsafe { field.write_volatile($value) }
    }};
}

impl Area {
    /// # Safety
    /// `area` is null, or a clock (or a position, which begins with one) that stays valid until the host
    /// sets another.
    pub(crate) unsafe fn new(area: *mut c_void) -> Option<Self> {
        NonNull::new(area.cast()).map(Self)
    }

    fn read(self) -> IoClock {
        // SAFETY: valid by the constructor's contract, and plain data.
        unsafe { self.0.as_ptr().read_volatile() }
    }

    pub(crate) fn id(self) -> u32 {
        self.read().id
    }

    /// Frames and rate of the next cycle, as the host wants it.
    pub(crate) fn target(self) -> (u64, u32) {
        let clock = self.read();
        let wanted = (clock.target_duration, clock.target_rate.denom);
        if wanted.0 > 0 && wanted.1 > 0 { wanted } else { (clock.duration, clock.rate.denom) }
    }

    /// Begins a cycle; the one before had `elapsed` frames.
    pub(crate) fn tick(self, cycle: Cycle, elapsed: u64, frames: u64) {
        let before = self.read();
        set!(self.nsec = cycle.nsec);
        set!(self.position = before.position.wrapping_add(elapsed));
        set!(self.duration = frames);
        if before.target_rate.denom > 0 {
            set!(self.rate = before.target_rate);
        }
        set!(self.delay = 0);
        set!(self.rate_diff = cycle.rate_diff);
        set!(self.next_nsec = cycle.next_nsec);
    }
}

/// The data loop and its system calls.
#[derive(Clone, Copy)]
pub(crate) struct Host {
    data_loop: NonNull<sys::spa_loop>,
    system: NonNull<sys::spa_system>,
}

/// Calls a method of a SPA interface; -ENOTSUP where the host has none.
macro_rules! call {
    ($interface:expr, $methods:ty, $method:ident $(, $argument:expr)*) => {{
        // SAFETY: an interface that the host lent lives as long as the node.
        let callbacks = unsafe { $interface.as_ref() }.iface.cb;
        // SAFETY: SPA's convention: `funcs` of this interface points to its method table.
        let methods = unsafe { callbacks.funcs.cast::<$methods>().as_ref() };
        match methods.and_then(|table| table.$method) {
            // SAFETY: the method belongs to this object; the arguments are what it documents.
            Some(method) => unsafe { method(callbacks.data $(, $argument)*) },
            None => -libc::ENOTSUP,
        }
    }};
}

impl Host {
    /// # Safety
    /// `support` points to `count` supports that outlive this.
    pub(crate) unsafe fn new(support: *const sys::spa_support, count: u32) -> Option<Self> {
        let find = |name: &'static [u8]| {
            // SAFETY: the array is valid by this function's contract, the name ends in NUL.
            NonNull::new(unsafe { sys::spa_support_find(support, count, name.as_ptr().cast()) })
        };
        let data_loop = find(sys::SPA_TYPE_INTERFACE_DataLoop)?.cast();
        Some(Self { data_loop, system: find(sys::SPA_TYPE_INTERFACE_DataSystem)?.cast() })
    }

    /// Runs `body` on the data loop and waits for it. Main thread.
    pub(crate) fn invoke(self, mut body: impl FnMut() -> c_int) -> c_int {
        let mut body: &mut dyn FnMut() -> c_int = &mut body;
        let data = (&raw mut body).cast();
        call!(self.data_loop, sys::spa_loop_methods, invoke, Some(run_body), 0, null(), 0, true, data)
    }

    /// `CLOCK_MONOTONIC` in ns.
    pub(crate) fn now_nsec(self) -> u64 {
        let mut time = sys::timespec { tv_sec: 0, tv_nsec: 0 };
        call!(self.system, sys::spa_system_methods, clock_gettime, libc::CLOCK_MONOTONIC, &raw mut time);
        time.tv_sec as u64 * 1_000_000_000 + time.tv_nsec as u64
    }

    /// Adds a timer that calls `source.func`; negative when it cannot. Main thread.
    pub(crate) fn add_timer(self, source: *mut sys::spa_source) -> c_int {
        let flags = (sys::SPA_FD_CLOEXEC | sys::SPA_FD_NONBLOCK) as c_int;
        let fd = call!(self.system, sys::spa_system_methods, timerfd_create, libc::CLOCK_MONOTONIC, flags);
        if fd < 0 {
            return fd;
        }
        // SAFETY: the caller's source, not known to the loop yet.
        unsafe { (*source).fd = fd };
        self.invoke(|| call!(self.data_loop, sys::spa_loop_methods, add_source, source))
    }

    /// Takes it back. Main thread.
    pub(crate) fn remove_timer(self, source: *mut sys::spa_source) {
        // SAFETY: the caller's source, whose descriptor does not change.
        let fd = unsafe { (*source).fd };
        if fd >= 0 {
            self.invoke(|| call!(self.data_loop, sys::spa_loop_methods, remove_source, source));
            call!(self.system, sys::spa_system_methods, close, fd);
        }
    }

    /// Wakes at `nsec`, once; 0 never.
    pub(crate) fn arm(self, fd: c_int, nsec: u64) {
        let value = sys::itimerspec {
            it_interval: sys::timespec { tv_sec: 0, tv_nsec: 0 },
            it_value: sys::timespec {
                tv_sec: (nsec / 1_000_000_000) as i64,
                tv_nsec: (nsec % 1_000_000_000) as i64,
            },
        };
        let flags = sys::SPA_FD_TIMER_ABSTIME as c_int;
        call!(self.system, sys::spa_system_methods, timerfd_settime, fd, flags, &raw const value, null_mut());
    }

    /// Whether the timer has really fired, and not been set anew meanwhile.
    pub(crate) fn has_fired(self, fd: c_int) -> bool {
        let mut count = 0_u64;
        call!(self.system, sys::spa_system_methods, timerfd_read, fd, &raw mut count) >= 0
    }
}

unsafe extern "C" fn run_body(
    _: *mut sys::spa_loop,
    _: bool,
    _: u32,
    _: *const c_void,
    _: usize,
    data: *mut c_void,
) -> c_int {
    // SAFETY: `data` is the reference on the stack of `invoke`, which waits for us.
    let body = unsafe { data.cast::<&mut dyn FnMut() -> c_int>().as_mut() };
    body.map_or(-libc::EINVAL, |body| body())
}

/// The listeners of a node. Main thread.
pub(crate) struct Hooks(Box<UnsafeCell<sys::spa_hook_list>>);

impl Hooks {
    pub(crate) fn new() -> Self {
        let empty = sys::spa_hook_list { list: sys::spa_list { next: null_mut(), prev: null_mut() } };
        let hooks = Self(Box::new(UnsafeCell::new(empty)));
        // SAFETY: the list is boxed and stays where it is.
        unsafe { sys::spa_hook_list_init(hooks.0.get()) };
        hooks
    }

    /// Adds a listener and tells it alone what `tell_all` emits.
    ///
    /// # Safety
    /// `listener` and `events` stay valid until the host takes the hook out.
    pub(crate) unsafe fn add(
        &self,
        listener: *mut sys::spa_hook,
        events: *const sys::spa_node_events,
        data: *mut c_void,
        tell_all: impl FnOnce(),
    ) {
        let mut others = sys::spa_hook_list { list: sys::spa_list { next: null_mut(), prev: null_mut() } };
        // SAFETY: list and listener are valid; `others` lives until the join below.
        unsafe {
            sys::spa_hook_list_isolate(self.0.get(), &raw mut others, listener, events.cast(), data);
        }
        tell_all();
        // SAFETY: `others` was filled by the call above.
        unsafe { sys::spa_hook_list_join(self.0.get(), &raw mut others) };
    }

    /// Calls `tell` for every listener.
    pub(crate) fn each(&self, mut tell: impl FnMut(&sys::spa_node_events, *mut c_void)) {
        let head: *mut sys::spa_list = self.0.get().cast();
        // SAFETY: the list was initialised in `new`.
        let mut link = unsafe { (*head).next };
        while link != head {
            // SAFETY: a hook's link is its first member, and hooks in the list are valid.
            let hook = unsafe { link.cast::<sys::spa_hook>().read() };
            // Read before the call: the listener may take its hook out.
            link = hook.link.next;
            // SAFETY: SPA's convention: the functions of a node's hook are node events.
            if let Some(events) = unsafe { hook.cb.funcs.cast::<sys::spa_node_events>().as_ref() } {
                tell(events, hook.cb.data);
            }
        }
    }
}

/// What `filter` leaves of a serialised POD; `None` when it excludes it.
///
/// # Safety
/// `filter` is null or a valid POD.
pub(crate) unsafe fn filtered(pod: &[u64], filter: *const sys::spa_pod) -> Option<Vec<u64>> {
    // As long as both together, and room for what choices add to plain values.
    let mut memory = vec![0_u64; pod.len() * 2 + 1024];
    let mut builder = MaybeUninit::<sys::spa_pod_builder>::uninit();
    let size_bytes = (memory.len() * 8) as u32;
    // SAFETY: the builder writes into `memory` and no further than its size.
    unsafe { sys::spa_pod_builder_init(builder.as_mut_ptr(), memory.as_mut_ptr().cast(), size_bytes) };
    let (mut result, pod) = (null_mut(), pod.as_ptr().cast());
    // SAFETY: both PODs are valid; the builder was initialised above.
    let code = unsafe { sys::spa_pod_filter(builder.as_mut_ptr(), &raw mut result, pod, filter) };
    (code >= 0).then_some(memory)
}
