//! The parameters that a node and its port can list.

use crate::latency::{Latency, Span, value_of};
use crate::props::{Config, End, Refusal};
use crate::sys;
use crate::tuning::Tuning;
use libspa::param::audio::AudioInfoRaw;
use libspa::pod::{ChoiceValue, Object, Property, Value, ValueArray};
use libspa::utils::{Choice, ChoiceEnum, ChoiceFlags, Id};
use vcable_core::format::{Layout, MAX_RATE, MIN_RATE, SampleFormat, StreamFormat};

/// Whose parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scope {
    Node,
    Port,
}

/// Buffers that a port takes at most.
pub(crate) const MAX_BUFFERS: usize = 16;
const DEFAULT_RATE_HZ: u32 = 48_000;
/// A process latency that a user may set at most through `latencyOffsetNsec`, as ALSA nodes have it.
const MAX_OFFSET_NSEC: i64 = 2_000_000_000;

/// Ids of the parameters of a node, and whether they can be set.
pub(crate) const NODE_PARAMS: [(u32, u32); 4] = [
    (sys::SPA_PARAM_IO, sys::SPA_PARAM_INFO_READ),
    (sys::SPA_PARAM_PropInfo, sys::SPA_PARAM_INFO_READ),
    (sys::SPA_PARAM_Props, sys::SPA_PARAM_INFO_READWRITE),
    (sys::SPA_PARAM_ProcessLatency, sys::SPA_PARAM_INFO_READWRITE),
];

/// Ids of the parameters of a port without and with a format.
pub(crate) fn port_params(has_format: bool) -> [(u32, u32); 5] {
    let (format, buffers) = if has_format {
        (sys::SPA_PARAM_INFO_READWRITE, sys::SPA_PARAM_INFO_READ)
    } else {
        (sys::SPA_PARAM_INFO_WRITE, 0)
    };
    [
        (sys::SPA_PARAM_EnumFormat, sys::SPA_PARAM_INFO_READ),
        (sys::SPA_PARAM_Format, format),
        (sys::SPA_PARAM_Buffers, buffers),
        (sys::SPA_PARAM_IO, sys::SPA_PARAM_INFO_READ),
        (sys::SPA_PARAM_Latency, sys::SPA_PARAM_INFO_READWRITE),
    ]
}

pub(crate) fn object(type_: u32, id: u32, properties: Vec<Property>) -> Object {
    Object { type_, id, properties }
}

fn id(key: u32, value: u32) -> Property {
    Property::new(key, Value::Id(Id(value)))
}

fn int(key: u32, value: usize) -> Property {
    Property::new(key, Value::Int(i32::try_from(value).unwrap_or(i32::MAX)))
}

fn int_range(key: u32, default: usize, min: usize, max: usize) -> Property {
    let limit = |value| u32::try_from(value).unwrap_or(u32::MAX);
    Property::new(key, int_choice(limit(default), limit(min), limit(max)))
}

/// A number within bounds.
pub(crate) fn int_choice(default: u32, min: u32, max: u32) -> Value {
    let limit = |value| i32::try_from(value).unwrap_or(i32::MAX);
    let range = ChoiceEnum::Range { default: limit(default), min: limit(min), max: limit(max) };
    Value::Choice(ChoiceValue::Int(Choice(ChoiceFlags::empty(), range)))
}

pub(crate) fn text(text: &str) -> Value {
    Value::String(text.into())
}

/// SPA's name for a port format.
pub(crate) const fn format_id(sample: SampleFormat, layout: Layout) -> Option<u32> {
    Some(match (sample, layout) {
        (SampleFormat::F32, Layout::Planar) => sys::SPA_AUDIO_FORMAT_F32P,
        (SampleFormat::F32, Layout::Interleaved) => sys::SPA_AUDIO_FORMAT_F32_LE,
        (SampleFormat::S16, Layout::Interleaved) => sys::SPA_AUDIO_FORMAT_S16_LE,
        (SampleFormat::S24, Layout::Interleaved) => sys::SPA_AUDIO_FORMAT_S24_LE,
        (SampleFormat::S32, Layout::Interleaved) => sys::SPA_AUDIO_FORMAT_S32_LE,
        _ => return None,
    })
}

/// The formats of a port: one, with a free rate unless the user fixed it.
///
/// `graph_rate_hz` is the rate that the graph is about to run at: preferring any other would make
/// the adapter resample.
pub(crate) fn enum_format(config: &Config, graph_rate_hz: Option<u32>) -> Object {
    let rate = if let Some(rate) = config.rate {
        int(sys::SPA_FORMAT_AUDIO_rate, rate.hz() as usize)
    } else {
        let default = graph_rate_hz.unwrap_or(DEFAULT_RATE_HZ).clamp(MIN_RATE, MAX_RATE) as usize;
        int_range(sys::SPA_FORMAT_AUDIO_rate, default, MIN_RATE as usize, MAX_RATE as usize)
    };
    format_object(config, sys::SPA_PARAM_EnumFormat, rate)
}

/// The format that was agreed on.
pub(crate) fn format(config: &Config, rate_hz: u32) -> Object {
    format_object(config, sys::SPA_PARAM_Format, int(sys::SPA_FORMAT_AUDIO_rate, rate_hz as usize))
}

fn format_object(config: &Config, param: u32, rate: Property) -> Object {
    let format = format_id(config.sample, config.layout).unwrap_or(sys::SPA_AUDIO_FORMAT_UNKNOWN);
    let positions = config.map.positions().iter().map(|position| Id(position.id())).collect();
    let properties = vec![
        id(sys::SPA_FORMAT_mediaType, sys::SPA_MEDIA_TYPE_audio),
        id(sys::SPA_FORMAT_mediaSubtype, sys::SPA_MEDIA_SUBTYPE_raw),
        id(sys::SPA_FORMAT_AUDIO_format, format),
        rate,
        int(sys::SPA_FORMAT_AUDIO_channels, config.channels.get()),
        Property::new(sys::SPA_FORMAT_AUDIO_position, Value::ValueArray(ValueArray::Id(positions))),
    ];
    object(sys::SPA_TYPE_OBJECT_Format, param, properties)
}

/// The rate of a format that the host proposes, if the rest of it is ours.
pub(crate) fn accept_format(config: &Config, format: &AudioInfoRaw) -> Option<u32> {
    let rate = format.rate();
    let fits = format_id(config.sample, config.layout) == Some(format.format().as_raw())
        && format.channels() as usize == config.channels.get();
    let accepted = config.rate.map_or((MIN_RATE..=MAX_RATE).contains(&rate), |fixed| fixed.hz() == rate);
    (fits && accepted).then_some(rate)
}

/// The buffers that the port works with: as large as the largest cycle.
pub(crate) fn buffers(config: &Config, format: &StreamFormat) -> Object {
    let stride = format.plane_stride_bytes();
    let properties = vec![
        int_range(sys::SPA_PARAM_BUFFERS_buffers, 1, 1, MAX_BUFFERS),
        int(sys::SPA_PARAM_BUFFERS_blocks, format.plane_count()),
        int_range(
            sys::SPA_PARAM_BUFFERS_size,
            config.quantum_limit_frames as usize * stride,
            16 * stride,
            i32::MAX as usize,
        ),
        int(sys::SPA_PARAM_BUFFERS_stride, stride),
    ];
    object(sys::SPA_TYPE_OBJECT_ParamBuffers, sys::SPA_PARAM_Buffers, properties)
}

/// The io areas that a node or its port uses.
pub(crate) fn io(scope: Scope) -> Vec<Object> {
    let areas = match scope {
        Scope::Node => [
            (sys::SPA_IO_Clock, size_of::<sys::spa_io_clock>()),
            (sys::SPA_IO_Position, size_of::<sys::spa_io_position>()),
        ],
        Scope::Port => [
            (sys::SPA_IO_Buffers, size_of::<sys::spa_io_buffers>()),
            (sys::SPA_IO_RateMatch, size_of::<sys::spa_io_rate_match>()),
        ],
    };
    let area = |(area, size)| {
        let properties = vec![id(sys::SPA_PARAM_IO_id, area), int(sys::SPA_PARAM_IO_size, size)];
        object(sys::SPA_TYPE_OBJECT_ParamIO, sys::SPA_PARAM_IO, properties)
    };
    areas.map(area).into()
}

/// What the port reports: its own direction first. `through` is the cable's and what was set on top of it, `behind` came
/// from the other end of the cable, `before` from this port's neighbours.
pub(crate) fn latency(end: End, through: Latency, behind: Latency, before: Latency) -> [Object; 2] {
    let (own_direction, other_direction) = match end {
        End::Sink => (sys::SPA_DIRECTION_INPUT, sys::SPA_DIRECTION_OUTPUT),
        End::Source => (sys::SPA_DIRECTION_OUTPUT, sys::SPA_DIRECTION_INPUT),
    };
    [behind.plus(through).to_object(own_direction), before.to_object(other_direction)]
}

/// What can be set, for tools that offer it.
pub(crate) fn prop_info(config: &Config) -> Vec<Object> {
    let offset = ChoiceEnum::Range { default: 0, min: 0, max: MAX_OFFSET_NSEC };
    let latency = vec![
        id(sys::SPA_PROP_INFO_id, sys::SPA_PROP_latencyOffsetNsec),
        Property::new(sys::SPA_PROP_INFO_description, text("Latency offset (ns)")),
        Property::new(
            sys::SPA_PROP_INFO_type,
            Value::Choice(ChoiceValue::Long(Choice(ChoiceFlags::empty(), offset))),
        ),
    ];
    let name = vec![
        Property::new(sys::SPA_PROP_INFO_name, text("vcable.name")),
        Property::new(sys::SPA_PROP_INFO_description, text("The cable that this end belongs to (fixed)")),
        Property::new(sys::SPA_PROP_INFO_type, text(&config.cable)),
        Property::new(sys::SPA_PROP_INFO_params, Value::Bool(true)),
    ];
    let infos =
        [latency, name].map(|info| object(sys::SPA_TYPE_OBJECT_PropInfo, sys::SPA_PARAM_PropInfo, info));
    infos.into_iter().chain(Tuning::infos()).collect()
}

/// The volume and mute of a node as mixers set them. The host's adapter applies them, and tells the node too.
///
/// They are listed here again because of session managers that read all `Props` of a node, the adapter's and these:
/// WirePlumber 0.5 takes what the last of them does not list for unset, and would not keep it over a restart.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Gain {
    volume: f32,
    is_muted: bool,
}

impl Default for Gain {
    fn default() -> Self {
        Self { volume: 1.0, is_muted: false }
    }
}

impl Gain {
    /// This gain, changed to what a host's `Props` sets.
    pub(crate) fn with(mut self, props: &Object) -> Self {
        if let Some(Value::Float(volume)) = value_of(props, sys::SPA_PROP_volume) {
            self.volume = *volume;
        }
        if let Some(Value::Bool(is_muted)) = value_of(props, sys::SPA_PROP_mute) {
            self.is_muted = *is_muted;
        }
        self
    }
}

/// The present values: what was set, and how the cable does.
pub(crate) fn props(
    cable: &str,
    own: Span,
    gain: Gain,
    tuning: Tuning,
    state: Vec<(&'static str, Value)>,
) -> Object {
    let name = ("vcable.name", text(cable));
    let params = std::iter::once(name)
        .chain(tuning.values())
        .chain(state)
        .flat_map(|(key, value)| [text(key), value])
        .collect();
    let properties = vec![
        Property::new(sys::SPA_PROP_volume, Value::Float(gain.volume)),
        Property::new(sys::SPA_PROP_mute, Value::Bool(gain.is_muted)),
        Property::new(sys::SPA_PROP_latencyOffsetNsec, Value::Long(own.nsec)),
        Property::new(sys::SPA_PROP_params, Value::Struct(params)),
    ];
    object(sys::SPA_TYPE_OBJECT_Props, sys::SPA_PARAM_Props, properties)
}

/// The latency offset that a host's `Props` sets.
pub(crate) fn latency_offset_nsec(props: &Object) -> Result<Option<i64>, Refusal> {
    match value_of(props, sys::SPA_PROP_latencyOffsetNsec) {
        Some(Value::Long(nsec)) if (0..=MAX_OFFSET_NSEC).contains(nsec) => Ok(Some(*nsec)),
        Some(Value::Long(nsec)) => {
            let accepted = format!("0 to {MAX_OFFSET_NSEC}");
            Err(Refusal::new("latencyOffsetNsec", &nsec.to_string(), accepted))
        }
        _ => Ok(None),
    }
}

/// Names and values that a host's `Props` sets, the values as a user writes them; `None` when they are no such list.
pub(crate) fn set_params(props: &Object) -> Option<Vec<(String, String)>> {
    let fields = match value_of(props, sys::SPA_PROP_params) {
        None => return Some(Vec::new()),
        Some(Value::Struct(fields)) => fields,
        Some(_) => return None,
    };
    let pair = |pair: &[Value]| match pair {
        [Value::String(name), value] => Some((name.clone(), written(value)?)),
        _ => None,
    };
    fields.chunks(2).map(pair).collect()
}

/// A value as a user writes it.
fn written(value: &Value) -> Option<String> {
    Some(match value {
        Value::String(value) => value.clone(),
        Value::Bool(value) => value.to_string(),
        Value::Int(value) => value.to_string(),
        Value::Long(value) => value.to_string(),
        Value::Float(value) => value.to_string(),
        Value::Double(value) => value.to_string(),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listed(gain: Gain) -> Object {
        props("vcable", Span::default(), gain, Tuning::default(), Vec::new())
    }

    #[test]
    fn volume_and_mute_are_listed_as_they_were_set() {
        let gain = Gain { volume: 0.25, is_muted: true };
        assert_eq!(Gain::default().with(&listed(gain)), gain);
        let half = Object {
            properties: vec![Property::new(sys::SPA_PROP_mute, Value::Bool(false))],
            ..listed(Gain::default())
        };
        assert_eq!(gain.with(&half), Gain { is_muted: false, ..gain }, "what is not set stays");
    }
}
