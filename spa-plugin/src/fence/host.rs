//! What the host lends a node for its whole life: the loops, the system calls, the callbacks.

use super::log::Log;
use crate::sys;
use std::cell::RefCell;
use std::ffi::{c_int, c_void};
use std::ptr::{NonNull, null, null_mut};

/// The supports that a factory's `init` was given. Each of them outlives the node.
pub(crate) struct Host {
    pub(crate) log: Log,
    /// Missing in tools such as `spa-inspect`: parameters can be listed then, nothing can run.
    pub(crate) data_loop: Option<Loop>,
    /// Where it is missing, listeners hear of what changes while sound runs when they ask.
    pub(crate) main_loop: Option<Loop>,
}

impl Host {
    /// A host that lends nothing, for tests.
    #[cfg(test)]
    pub(crate) fn without_supports() -> Self {
        // SAFETY: no supports are an array of length 0.
        unsafe { Self::new(null(), 0) }
    }

    /// # Safety
    /// `support` points to `count` supports, as `spa_handle_factory.init` promises, and the
    /// interfaces behind them outlive the handle.
    pub(crate) unsafe fn new(support: *const sys::spa_support, count: u32) -> Self {
        let find = |name: &'static [u8]| {
            // SAFETY: the array is valid by this function's contract, the name ends in NUL.
            unsafe { sys::spa_support_find(support, count, name.as_ptr().cast()) }
        };
        let find_loop = |loop_, system| {
            let (loop_, system) = (NonNull::new(find(loop_).cast()), NonNull::new(find(system).cast()));
            loop_.zip(system).map(|(loop_, system)| Loop { loop_, system })
        };
        Self {
            log: Log::new(find(sys::SPA_TYPE_INTERFACE_Log).cast()),
            data_loop: find_loop(sys::SPA_TYPE_INTERFACE_DataLoop, sys::SPA_TYPE_INTERFACE_DataSystem),
            main_loop: find_loop(sys::SPA_TYPE_INTERFACE_Loop, sys::SPA_TYPE_INTERFACE_System),
        }
    }
}

/// A data loop, or the host's main loop, and its system calls.
#[derive(Clone, Copy)]
pub(crate) struct Loop {
    loop_: NonNull<sys::spa_loop>,
    system: NonNull<sys::spa_system>,
}

// SAFETY: a loop's `invoke` and the system calls may be used from any thread; adding and removing
// sources happens within `invoke`.
unsafe impl Send for Loop {}
// SAFETY: as above.
unsafe impl Sync for Loop {}

/// Calls a method of a SPA interface; yields `-ENOTSUP` where the host has no such method.
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

impl Loop {
    /// Whether both names stand for the same thread's loop.
    pub(crate) fn same_as(self, other: Self) -> bool {
        self.loop_ == other.loop_
    }

    /// Runs `body` on the loop's thread and waits for it. Main thread (on the loop's own
    /// thread it runs in place). `None` when the loop refused the call.
    pub(crate) fn invoke<R: Send>(self, body: impl FnOnce() -> R + Send) -> Option<R> {
        let mut call = Invocation { body: Some(body), result: None };
        let user_data: *mut c_void = (&raw mut call).cast();
        call!(
            self.loop_,
            sys::spa_loop_methods,
            invoke,
            Some(trampoline_of(&call)),
            0,
            null(),
            0,
            true,
            user_data
        );
        call.result
    }

    /// `CLOCK_MONOTONIC` in nanoseconds. Any thread.
    pub(crate) fn now_nsec(self) -> u64 {
        let mut time = sys::timespec { tv_sec: 0, tv_nsec: 0 };
        call!(self.system, sys::spa_system_methods, clock_gettime, libc::CLOCK_MONOTONIC, &raw mut time);
        (time.tv_sec as u64).saturating_mul(1_000_000_000).saturating_add(time.tv_nsec as u64)
    }

    pub(super) fn add_source(self, source: *mut sys::spa_source) -> c_int {
        call!(self.loop_, sys::spa_loop_methods, add_source, source)
    }

    pub(super) fn remove_source(self, source: *mut sys::spa_source) -> c_int {
        call!(self.loop_, sys::spa_loop_methods, remove_source, source)
    }

    pub(super) fn timerfd_create(self) -> c_int {
        let flags = (sys::SPA_FD_CLOEXEC | sys::SPA_FD_NONBLOCK) as c_int;
        call!(self.system, sys::spa_system_methods, timerfd_create, libc::CLOCK_MONOTONIC, flags)
    }

    pub(super) fn timerfd_settime(self, fd: c_int, nsec: u64) -> c_int {
        let value = sys::itimerspec {
            it_interval: sys::timespec { tv_sec: 0, tv_nsec: 0 },
            it_value: sys::timespec {
                tv_sec: (nsec / 1_000_000_000) as i64,
                tv_nsec: (nsec % 1_000_000_000) as i64,
            },
        };
        let flags = sys::SPA_FD_TIMER_ABSTIME as c_int;
        call!(self.system, sys::spa_system_methods, timerfd_settime, fd, flags, &raw const value, null_mut())
    }

    pub(super) fn timerfd_read(self, fd: c_int) -> c_int {
        let mut expirations = 0_u64;
        call!(self.system, sys::spa_system_methods, timerfd_read, fd, &raw mut expirations)
    }

    pub(super) fn eventfd_create(self) -> c_int {
        let flags = (sys::SPA_FD_CLOEXEC | sys::SPA_FD_NONBLOCK) as c_int;
        call!(self.system, sys::spa_system_methods, eventfd_create, flags)
    }

    pub(super) fn eventfd_write(self, fd: c_int) -> c_int {
        call!(self.system, sys::spa_system_methods, eventfd_write, fd, 1)
    }

    pub(super) fn eventfd_read(self, fd: c_int) -> c_int {
        let mut count = 0_u64;
        call!(self.system, sys::spa_system_methods, eventfd_read, fd, &raw mut count)
    }

    pub(super) fn close(self, fd: c_int) -> c_int {
        call!(self.system, sys::spa_system_methods, close, fd)
    }
}

/// A closure on its way to the loop, and what it answered.
struct Invocation<F, R> {
    body: Option<F>,
    result: Option<R>,
}

type InvokeFunction =
    unsafe extern "C" fn(*mut sys::spa_loop, bool, u32, *const c_void, usize, *mut c_void) -> c_int;

/// The C function that runs an invocation of this one's type.
fn trampoline_of<F: FnOnce() -> R, R>(_: &Invocation<F, R>) -> InvokeFunction {
    run_invocation::<F, R>
}

unsafe extern "C" fn run_invocation<F: FnOnce() -> R, R>(
    _: *mut sys::spa_loop,
    _: bool,
    _: u32,
    _: *const c_void,
    _: usize,
    user_data: *mut c_void,
) -> c_int {
    // SAFETY: `user_data` is the invocation on the stack of `invoke`, which waits for us and does
    // not touch it meanwhile.
    let Some(call) = (unsafe { user_data.cast::<Invocation<F, R>>().as_mut() }) else {
        return -libc::EINVAL;
    };
    let Some(body) = call.body.take() else { return -libc::EALREADY };
    match super::guard(|| {
        call.result = Some(body());
        0
    }) {
        Ok(result) => result,
        Err(super::Fault) => -libc::EFAULT,
    }
}

/// The host's callbacks of a node.
#[derive(Clone, Copy)]
pub(crate) struct Callbacks {
    functions: Option<NonNull<sys::spa_node_callbacks>>,
    data: *mut c_void,
}

// SAFETY: the host sets them on its main thread and expects calls on the data loop: that they
// cross threads is the contract of `spa_node_set_callbacks`.
unsafe impl Send for Callbacks {}

impl Callbacks {
    /// No callbacks: `ready` answers -EIO.
    pub(crate) const NONE: Self = Self { functions: None, data: null_mut() };

    /// # Safety
    /// `functions` is null or stays valid, with `data`, until other callbacks are set.
    pub(crate) unsafe fn new(functions: *const sys::spa_node_callbacks, data: *mut c_void) -> Self {
        Self { functions: NonNull::new(functions.cast_mut()), data }
    }

    /// Tells the host that a cycle begins: its graph runs, as far as it is in this process, before
    /// this returns, and may call `process` of our nodes. Data loop; hold no borrow across it.
    pub(crate) fn ready(&self, status: u32) -> c_int {
        let Some(functions) = self.functions else { return -libc::EIO };
        // SAFETY: valid until replaced, by the constructor's contract.
        let table = unsafe { functions.as_ref() };
        match table.ready {
            // SAFETY: `data` belongs to these callbacks.
            Some(ready) => unsafe { ready(self.data, status as c_int) },
            None => -libc::EIO,
        }
    }
}

/// State that only the data loop touches, and the main thread through [`Loop::invoke`].
///
/// A `RefCell` keeps re-entrance (the host may call `process` from within `ready`) from becoming
/// aliasing: the inner call sees `None`.
pub(crate) struct LoopCell<T>(RefCell<T>);

// SAFETY: all access happens on one thread, the node's data loop (`Node::on_loop` is the only door
// for others), or before the node is known to any loop.
unsafe impl<T: Send> Sync for LoopCell<T> {}

impl<T> LoopCell<T> {
    pub(crate) const fn new(value: T) -> Self {
        Self(RefCell::new(value))
    }

    /// Gives `body` the state; `None` when it is in use further up the stack. Data loop.
    pub(crate) fn with<R>(&self, body: impl FnOnce(&mut T) -> R) -> Option<R> {
        self.0.try_borrow_mut().ok().map(|mut state| body(&mut state))
    }
}
