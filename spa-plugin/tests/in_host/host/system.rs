//! `Spa:Pointer:Interface:System` on virtual descriptors.

use super::world::{Fd, World};
use libspa_sys as sys;
use std::ffi::{c_int, c_void};

static METHODS: sys::spa_system_methods = sys::spa_system_methods {
    version: sys::SPA_VERSION_SYSTEM_METHODS,
    read: None,
    write: None,
    ioctl: None,
    close: Some(close),
    clock_gettime: Some(clock_gettime),
    clock_getres: None,
    pollfd_create: None,
    pollfd_add: None,
    pollfd_mod: None,
    pollfd_del: None,
    pollfd_wait: None,
    timerfd_create: Some(timerfd_create),
    timerfd_settime: Some(timerfd_settime),
    timerfd_gettime: None,
    timerfd_read: Some(timerfd_read),
    eventfd_create: Some(eventfd_create),
    eventfd_write: Some(eventfd_write),
    eventfd_read: Some(eventfd_read),
    signalfd_create: None,
    signalfd_read: None,
};

const NSEC_PER_SEC: u64 = 1_000_000_000;

pub(super) fn interface(world: *const World) -> sys::spa_system {
    sys::spa_system {
        iface: sys::spa_interface {
            type_: sys::SPA_TYPE_INTERFACE_System.as_ptr().cast(),
            version: sys::SPA_VERSION_SYSTEM,
            cb: sys::spa_callbacks {
                funcs: (&raw const METHODS).cast(),
                data: world.cast_mut().cast::<c_void>(),
            },
        },
    }
}

/// The world behind the interface.
///
/// # Safety
/// `object` is what [`interface`] put in, and that world lives.
unsafe fn world<'a>(object: *mut c_void) -> &'a World {
    // SAFETY: this function's contract.
    unsafe { &*object.cast::<World>() }
}

unsafe extern "C" fn close(object: *mut c_void, fd: c_int) -> c_int {
    // SAFETY: called through our interface.
    unsafe { world(object) }.with_fd(fd, |entry| *entry = Fd::Closed)
}

unsafe extern "C" fn clock_gettime(object: *mut c_void, clock: c_int, time: *mut sys::timespec) -> c_int {
    if clock != libc::CLOCK_MONOTONIC {
        return -libc::EINVAL;
    }
    // SAFETY: called through our interface.
    let now_nsec = unsafe { world(object) }.now_nsec();
    let now =
        sys::timespec { tv_sec: (now_nsec / NSEC_PER_SEC) as i64, tv_nsec: (now_nsec % NSEC_PER_SEC) as i64 };
    // SAFETY: the caller's variable.
    unsafe { time.write(now) };
    0
}

unsafe extern "C" fn timerfd_create(object: *mut c_void, _: c_int, _: c_int) -> c_int {
    // SAFETY: called through our interface.
    unsafe { world(object) }.open(Fd::Timer { deadline_nsec: 0 })
}

unsafe extern "C" fn timerfd_settime(
    object: *mut c_void,
    fd: c_int,
    flags: c_int,
    value: *const sys::itimerspec,
    _: *mut sys::itimerspec,
) -> c_int {
    // SAFETY: the caller's variable.
    let sys::itimerspec { it_value, it_interval } = unsafe { value.read() };
    let valid = |part: sys::timespec| part.tv_sec >= 0 && (0..1_000_000_000).contains(&part.tv_nsec);
    if flags != sys::SPA_FD_TIMER_ABSTIME as c_int || !valid(it_value) || it_interval.tv_nsec != 0 {
        return -libc::EINVAL;
    }
    let deadline_nsec = it_value.tv_sec as u64 * NSEC_PER_SEC + it_value.tv_nsec as u64;
    // SAFETY: called through our interface.
    let world = unsafe { world(object) };
    if (1..world.now_nsec()).contains(&deadline_nsec) {
        world.armed_late.set(world.armed_late.get() + 1);
    }
    world.with_fd(fd, |entry| *entry = Fd::Timer { deadline_nsec })
}

unsafe extern "C" fn timerfd_read(object: *mut c_void, fd: c_int, expirations: *mut u64) -> c_int {
    // SAFETY: called through our interface.
    let world = unsafe { world(object) };
    let mut expired = false;
    let code = world.with_fd(fd, |entry| {
        if let Fd::Timer { deadline_nsec: deadline @ 1.. } = entry {
            expired = *deadline <= world.now_nsec();
            *deadline = if expired { 0 } else { *deadline };
        }
    });
    if code == 0 && !expired {
        return -libc::EAGAIN;
    }
    // SAFETY: the caller's variable.
    unsafe { expirations.write(1) };
    code
}

unsafe extern "C" fn eventfd_create(object: *mut c_void, _: c_int) -> c_int {
    // SAFETY: called through our interface.
    unsafe { world(object) }.open(Fd::Event { count: 0, since_nsec: 0 })
}

unsafe extern "C" fn eventfd_write(object: *mut c_void, fd: c_int, added: u64) -> c_int {
    // SAFETY: called through our interface.
    let world = unsafe { world(object) };
    world.with_fd(fd, |entry| {
        if let Fd::Event { count, since_nsec } = entry {
            *since_nsec = if *count == 0 { world.now_nsec() } else { *since_nsec };
            *count += added;
        }
    })
}

unsafe extern "C" fn eventfd_read(object: *mut c_void, fd: c_int, read: *mut u64) -> c_int {
    let mut count_read = 0;
    // SAFETY: called through our interface.
    let code = unsafe { world(object) }.with_fd(fd, |entry| {
        if let Fd::Event { count, .. } = entry {
            count_read = std::mem::take(count);
        }
    });
    if code == 0 && count_read == 0 {
        return -libc::EAGAIN;
    }
    // SAFETY: the caller's variable.
    unsafe { read.write(count_read) };
    code
}
