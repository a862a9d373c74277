//! Formats, buffers and io areas, as data.

use std::io::Cursor;

use libspa::pod::serialize::PodSerializer;
use libspa::pod::{ChoiceValue, Object, Property, Value, ValueArray};
use libspa::utils::{Choice, ChoiceEnum, ChoiceFlags, Id};
use libspa_sys as sys;

/// The largest cycle that a buffer must hold, in frames (`clock.quantum-limit`'s default).
const QUANTUM_LIMIT: i32 = 8192;

/// Bytes of a sample.
const STRIDE: i32 = 4;

fn id(key: u32, value: u32) -> Property {
    Property::new(key, Value::Id(Id(value)))
}

fn int(key: u32, value: i32) -> Property {
    Property::new(key, Value::Int(value))
}

fn range(key: u32, default: i32, min: i32, max: i32) -> Property {
    let range = ChoiceEnum::Range { default, min, max };
    Property::new(key, Value::Choice(ChoiceValue::Int(Choice(ChoiceFlags::empty(), range))))
}

/// 32-bit floats in planes. Neither mono nor stereo: numbered channels.
fn format(param: u32, channels: u32, rate: Property) -> Object {
    let positions = match channels {
        1 => vec![Id(sys::SPA_AUDIO_CHANNEL_MONO)],
        2 => vec![Id(sys::SPA_AUDIO_CHANNEL_FL), Id(sys::SPA_AUDIO_CHANNEL_FR)],
        _ => (0..channels).map(|channel| Id(sys::SPA_AUDIO_CHANNEL_AUX0 + channel)).collect(),
    };
    let properties = vec![
        id(sys::SPA_FORMAT_mediaType, sys::SPA_MEDIA_TYPE_audio),
        id(sys::SPA_FORMAT_mediaSubtype, sys::SPA_MEDIA_SUBTYPE_raw),
        id(sys::SPA_FORMAT_AUDIO_format, sys::SPA_AUDIO_FORMAT_F32P),
        rate,
        int(sys::SPA_FORMAT_AUDIO_channels, channels as i32),
        Property::new(sys::SPA_FORMAT_AUDIO_position, Value::ValueArray(ValueArray::Id(positions))),
    ];
    Object { type_: sys::SPA_TYPE_OBJECT_Format, id: param, properties }
}

fn area(area: u32, size: usize) -> Object {
    let properties = vec![id(sys::SPA_PARAM_IO_id, area), int(sys::SPA_PARAM_IO_size, size as i32)];
    Object { type_: sys::SPA_TYPE_OBJECT_ParamIO, id: sys::SPA_PARAM_IO, properties }
}

/// What the node lists.
pub(crate) fn of_node(param: u32) -> Option<Vec<Object>> {
    let areas = [
        (sys::SPA_IO_Clock, size_of::<sys::spa_io_clock>()),
        (sys::SPA_IO_Position, size_of::<sys::spa_io_position>()),
    ];
    (param == sys::SPA_PARAM_IO).then(|| areas.map(|(key, size)| area(key, size)).into())
}

/// What its port lists: `rate_hz` is what was agreed on, `graph_rate_hz` the rate that the graph wants.
pub(crate) fn of_port(
    param: u32,
    channels: u32,
    rate_hz: Option<u32>,
    graph_rate_hz: u32,
) -> Option<Vec<Object>> {
    let objects = match (param, rate_hz) {
        (sys::SPA_PARAM_IO, _) => vec![area(sys::SPA_IO_Buffers, size_of::<sys::spa_io_buffers>())],
        (sys::SPA_PARAM_EnumFormat, _) => {
            let rate = range(sys::SPA_FORMAT_AUDIO_rate, graph_rate_hz as i32, 1, i32::MAX);
            vec![format(param, channels, rate)]
        }
        (sys::SPA_PARAM_Format, Some(rate_hz)) => {
            vec![format(param, channels, int(sys::SPA_FORMAT_AUDIO_rate, rate_hz as i32))]
        }
        (sys::SPA_PARAM_Buffers, Some(_)) => {
            let properties = vec![
                range(sys::SPA_PARAM_BUFFERS_buffers, 1, 1, 16),
                int(sys::SPA_PARAM_BUFFERS_blocks, channels as i32),
                range(sys::SPA_PARAM_BUFFERS_size, QUANTUM_LIMIT * STRIDE, 16 * STRIDE, i32::MAX),
                int(sys::SPA_PARAM_BUFFERS_stride, STRIDE),
            ];
            vec![Object { type_: sys::SPA_TYPE_OBJECT_ParamBuffers, id: param, properties }]
        }
        _ => return None,
    };
    Some(objects)
}

/// In memory aligned as the host's PODs are (8 bytes), with room behind it for a filter's result.
pub(crate) fn serialise(object: Object) -> Option<Vec<u64>> {
    let (cursor, _) = PodSerializer::serialize(Cursor::new(Vec::new()), &Value::Object(object)).ok()?;
    let mut bytes = cursor.into_inner();
    bytes.resize(bytes.len().next_multiple_of(8), 0);
    let word = |chunk: &[u8]| chunk.try_into().ok().map(u64::from_ne_bytes);
    bytes.chunks_exact(8).map(word).collect()
}
