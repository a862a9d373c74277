//! Parameters as a host sends them.

use libspa::pod::serialize::PodSerializer;
use libspa::pod::{Object, Property, Value, ValueArray};
use libspa::utils::Id;
use libspa_sys as sys;
use std::io::Cursor;

/// A POD in memory aligned as PODs are.
pub(crate) struct Pod(Vec<u64>);

impl Pod {
    pub(crate) fn new(value: &Value) -> Self {
        let (bytes, _) =
            PodSerializer::serialize(Cursor::new(Vec::new()), value).expect("a value with a wire form");
        Self::from_bytes(&bytes.into_inner())
    }

    fn from_bytes(bytes: &[u8]) -> Self {
        let word = |chunk: &[u8]| {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            u64::from_ne_bytes(word)
        };
        Self(bytes.chunks(8).map(word).collect())
    }

    /// A frame of this type around any bytes.
    pub(crate) fn frame(type_: u32, body: &[u8]) -> Self {
        let mut bytes = Vec::from((body.len() as u32).to_ne_bytes());
        bytes.extend(type_.to_ne_bytes());
        bytes.extend(body);
        Self::from_bytes(&bytes)
    }

    pub(crate) fn as_ptr(&self) -> *const sys::spa_pod {
        self.0.as_ptr().cast()
    }
}

/// A raw audio format, as the host sets it.
pub(crate) fn format(format: u32, rate_hz: u32, positions: &[u32]) -> Pod {
    let id = |key, value| Property::new(key, Value::Id(Id(value)));
    let int = |key, value: u32| Property::new(key, Value::Int(value as i32));
    let positions: Vec<_> = positions.iter().map(|position| Id(*position)).collect();
    Pod::new(&Value::Object(Object {
        type_: sys::SPA_TYPE_OBJECT_Format,
        id: sys::SPA_PARAM_Format,
        properties: vec![
            id(sys::SPA_FORMAT_mediaType, sys::SPA_MEDIA_TYPE_audio),
            id(sys::SPA_FORMAT_mediaSubtype, sys::SPA_MEDIA_SUBTYPE_raw),
            id(sys::SPA_FORMAT_AUDIO_format, format),
            int(sys::SPA_FORMAT_AUDIO_rate, rate_hz),
            int(sys::SPA_FORMAT_AUDIO_channels, positions.len() as u32),
            Property::new(sys::SPA_FORMAT_AUDIO_position, Value::ValueArray(ValueArray::Id(positions))),
        ],
    }))
}
