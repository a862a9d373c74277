//! `Spa:Pointer:Interface:Log`: keeps the lines.

use libspa_sys as sys;
use std::cell::{OnceCell, RefCell};
use std::ffi::{CStr, c_char, c_int, c_void};

static METHODS: sys::spa_log_methods = sys::spa_log_methods {
    version: sys::SPA_VERSION_LOG_METHODS,
    log: None,
    logv: None,
    logt: Some(vcable_test_logt),
    logtv: None,
    topic_init: None,
};

unsafe extern "C" {
    /// The variadic function that the table wants. Rust cannot define one, so it is two lines of
    /// assembler that go on to [`logt`].
    fn vcable_test_logt(
        object: *mut c_void,
        level: sys::spa_log_level,
        topic: *const sys::spa_log_topic,
        file: *const c_char,
        line: c_int,
        function: *const c_char,
        format: *const c_char,
        ...
    );
}

// In the System V ABI of x86-64 and in the AAPCS64 as Linux has it, variable arguments lie where
// fixed ones of their type would: a function of seven fixed and one variable pointer finds the
// eighth where a function of eight pointers looks for it.
#[cfg(target_arch = "x86_64")]
std::arch::global_asm!(".globl vcable_test_logt", "vcable_test_logt:", "jmp {logt}", logt = sym logt);
#[cfg(target_arch = "aarch64")]
std::arch::global_asm!(".globl vcable_test_logt", "vcable_test_logt:", "b {logt}", logt = sym logt);

/// Takes a line whose format is `%s`, which is all that the plugin writes.
unsafe extern "C" fn logt(
    object: *mut c_void,
    level: sys::spa_log_level,
    _topic: *const sys::spa_log_topic,
    _file: *const c_char,
    _line: c_int,
    _function: *const c_char,
    format: *const c_char,
    text: *const c_char,
) {
    // SAFETY: the plugin's literal.
    let format = unsafe { CStr::from_ptr(format) };
    assert_eq!(format, c"%s", "only whole lines can be taken");
    // SAFETY: the format says that it is a string.
    let text = unsafe { CStr::from_ptr(text) };
    // SAFETY: what `FakeLog::interface` put in.
    let log = unsafe { &*object.cast::<FakeLog>() };
    log.lines.borrow_mut().push((level, text.to_string_lossy().into_owned()));
}

/// The lines that the plugin wrote so far.
pub(crate) struct FakeLog {
    lines: RefCell<Vec<(sys::spa_log_level, String)>>,
    interface: OnceCell<sys::spa_log>,
}

impl FakeLog {
    pub(super) fn new() -> Self {
        Self { lines: RefCell::new(Vec::new()), interface: OnceCell::new() }
    }

    /// The log as a plugin is lent it; `self` must not move afterwards.
    pub(super) fn interface(&self) -> *mut c_void {
        let make = || sys::spa_log {
            iface: sys::spa_interface {
                type_: sys::SPA_TYPE_INTERFACE_Log.as_ptr().cast(),
                version: sys::SPA_VERSION_LOG,
                cb: sys::spa_callbacks {
                    funcs: (&raw const METHODS).cast(),
                    data: (&raw const *self).cast_mut().cast(),
                },
            },
            level: sys::SPA_LOG_LEVEL_INFO,
        };
        (&raw const *self.interface.get_or_init(make)).cast_mut().cast()
    }

    /// All lines, which are taken out.
    pub(crate) fn take_lines(&self) -> Vec<String> {
        std::mem::take(&mut *self.lines.borrow_mut()).into_iter().map(|(_, text)| text).collect()
    }

    /// The lines of warnings and errors, which are taken out.
    pub(crate) fn take_complaints(&self) -> Vec<String> {
        let lines = std::mem::take(&mut *self.lines.borrow_mut());
        let is_complaint = |level| level <= sys::SPA_LOG_LEVEL_WARN;
        lines.into_iter().filter(|(level, _)| is_complaint(*level)).map(|(_, text)| text).collect()
    }
}
