//! PODs, the host's wire format for parameters: `libspa`'s values in and out, and the host's filter.

use crate::sys;
use libspa::param::audio::AudioInfoRaw;
use libspa::pod::deserialize::PodDeserializer;
use libspa::pod::serialize::PodSerializer;
use libspa::pod::{Object, Pod, Value};
use std::io::Cursor;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr::null_mut;

/// A serialised parameter in memory aligned as PODs must be (8 bytes).
pub(crate) struct Param(Vec<u64>);

impl Param {
    /// Serialises an object; `None` when it cannot be (a value that has no wire form).
    pub(crate) fn new(object: Object) -> Option<Self> {
        let (cursor, _) = PodSerializer::serialize(Cursor::new(Vec::new()), &Value::Object(object)).ok()?;
        Some(Self::from_bytes(&cursor.into_inner()))
    }

    fn from_bytes(bytes: &[u8]) -> Self {
        let words = bytes.chunks(8).map(|chunk| {
            let mut word = [0; 8];
            for (to, from) in word.iter_mut().zip(chunk) {
                *to = *from;
            }
            u64::from_ne_bytes(word)
        });
        Self(words.collect())
    }

    /// The POD for the host, valid as long as `self`.
    pub(super) fn as_ptr(&self) -> *mut sys::spa_pod {
        self.0.as_ptr().cast_mut().cast()
    }

    /// What `filter` leaves of this parameter; `None` when it excludes it.
    ///
    /// # Safety
    /// `filter` is null or a valid POD.
    pub(super) unsafe fn filtered(&self, filter: *const sys::spa_pod) -> Option<Self> {
        // The result is at most as long as both together, plus what choices add to plain values.
        let mut memory = vec![0_u64; self.0.len() * 2 + 1024];
        let mut builder = std::mem::MaybeUninit::<sys::spa_pod_builder>::uninit();
        let size_bytes = (memory.len() * 8) as u32;
        // SAFETY: the builder writes into `memory` and no further than its size.
        unsafe { sys::spa_pod_builder_init(builder.as_mut_ptr(), memory.as_mut_ptr().cast(), size_bytes) };
        // SAFETY: the call above wrote all of it.
        let mut builder = unsafe { builder.assume_init() };
        let mut result: *mut sys::spa_pod = null_mut();
        // SAFETY: both PODs are valid; the builder was initialised above.
        let found = unsafe { sys::spa_pod_filter(&raw mut builder, &raw mut result, self.as_ptr(), filter) };
        if found < 0 || result.is_null() {
            return None;
        }
        memory.truncate((builder.state.offset as usize).div_ceil(8));
        Some(Self(memory))
    }
}

/// A host's POD as a value; `None` for null or for one that cannot be read.
///
/// Any client of the daemon can send one, and `libspa`'s reader panics on some malformed ones: that
/// is an answer like another here, and no fault of the node.
///
/// # Safety
/// `pod` is null or a valid POD during the call.
pub(super) unsafe fn read(pod: *const sys::spa_pod) -> Option<Value> {
    if pod.is_null() {
        return None;
    }
    // SAFETY: this function's contract.
    let pod = unsafe { Pod::from_raw(pod) };
    let read = || PodDeserializer::deserialize_any_from(pod.as_bytes()).ok().map(|(_, value)| value);
    catch_unwind(AssertUnwindSafe(read)).ok().flatten()
}

/// A host's audio format; `None` when it is not one of raw audio.
///
/// Through the host's own parser: a format that was fixated keeps the shape of its choices, which
/// `libspa`'s values do not read.
///
/// # Safety
/// `pod` is a valid POD during the call.
pub(super) unsafe fn read_format(pod: *const sys::spa_pod) -> Option<AudioInfoRaw> {
    let (mut media_type, mut media_subtype) = (0, 0);
    // SAFETY: the POD is valid; both numbers are ours.
    let parsed = unsafe { sys::spa_format_parse(pod, &raw mut media_type, &raw mut media_subtype) };
    if parsed < 0 || media_type != sys::SPA_MEDIA_TYPE_audio || media_subtype != sys::SPA_MEDIA_SUBTYPE_raw {
        return None;
    }
    // SAFETY: this function's contract.
    let pod = unsafe { Pod::from_raw(pod) };
    let mut info = AudioInfoRaw::new();
    info.parse(pod).ok().map(|_| info)
}
