//! The host's log, under a topic of our own.

use crate::sys::{self, LogTopicEnum, Table};
use std::ffi::{CString, c_char};
use std::ptr::NonNull;

/// The topic that `PIPEWIRE_DEBUG=spa.vcable:4` turns up.
static mut TOPIC: sys::spa_log_topic = sys::spa_log_topic {
    version: sys::SPA_VERSION_LOG_TOPIC,
    topic: c"spa.vcable".as_ptr(),
    level: 0,
    has_custom_level: false,
};

/// Its address: taking it touches nothing.
const TOPIC_POINTER: *mut sys::spa_log_topic = &raw mut TOPIC;

static TOPICS: Table<[*const sys::spa_log_topic; 1]> = Table([TOPIC_POINTER.cast_const()]);

/// Lists our topics for hosts (since 1.1) that set their levels themselves.
#[unsafe(no_mangle)]
pub(crate) static spa_log_topic_enum: Table<LogTopicEnum> =
    Table(LogTopicEnum { version: 0, topics: TOPICS.0.as_ptr(), topics_end: TOPICS.0.as_ptr_range().end });

/// The host's log. Main thread, except for the one line that reports a fault.
#[derive(Clone, Copy)]
pub(crate) struct Log(Option<NonNull<sys::spa_log>>);

// SAFETY: `spa_log` may be called from any thread.
unsafe impl Send for Log {}
// SAFETY: as above.
unsafe impl Sync for Log {}

impl Log {
    /// `log` is null or outlives every node (the host's promise for supports).
    pub(super) fn new(log: *mut sys::spa_log) -> Self {
        let log = Self(NonNull::new(log));
        if let Some((methods, data)) = log.methods() {
            if let Some(init) = methods.topic_init {
                // SAFETY: the host writes the level into our topic; this is its main thread.
                unsafe { init(data, TOPIC_POINTER) };
            }
        }
        log
    }

    fn methods(self) -> Option<(&'static sys::spa_log_methods, *mut std::ffi::c_void)> {
        // SAFETY: a log that the host lent lives as long as the node.
        let callbacks = unsafe { self.0?.as_ref() }.iface.cb;
        // SAFETY: SPA's convention: `funcs` of a log points to its method table.
        let methods = unsafe { callbacks.funcs.cast::<sys::spa_log_methods>().as_ref() };
        methods.map(|table| (table, callbacks.data))
    }

    fn enabled(self, level: sys::spa_log_level) -> bool {
        let Some(log) = self.0 else { return false };
        // SAFETY: as in `methods`.
        let general = unsafe { log.as_ref() }.level;
        // SAFETY: written by the host's main thread only; a stale read shows or hides one line.
        let topic = unsafe { TOPIC_POINTER.read() };
        level <= if topic.has_custom_level { topic.level } else { general }
    }

    fn write(self, level: sys::spa_log_level, text: &str) {
        let Some((methods, data)) = self.methods().filter(|_| self.enabled(level)) else { return };
        // A NUL inside would end the line early; none of ours holds one.
        let Ok(line) = CString::new(text) else { return };
        let (file, function) = (c"vcable".as_ptr(), c"vcable".as_ptr());
        let format: *const c_char = c"%s".as_ptr();
        if let Some(logt) = methods.logt {
            // SAFETY: the format takes exactly the one string that follows.
            unsafe { logt(data, level, TOPIC_POINTER, file, 0, function, format, line.as_ptr()) };
        } else if let Some(log) = methods.log {
            // SAFETY: as above, for hosts without topics.
            unsafe { log(data, level, file, 0, function, format, line.as_ptr()) };
        }
    }

    /// Something was refused or failed.
    pub(crate) fn error(self, text: &str) {
        self.write(sys::SPA_LOG_LEVEL_ERROR, text);
    }

    /// Something that a user who looks wants to know.
    pub(crate) fn info(self, text: &str) {
        self.write(sys::SPA_LOG_LEVEL_INFO, text);
    }
}
