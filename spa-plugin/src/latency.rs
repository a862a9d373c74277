//! Latency as SPA reports it: per port, one record for each direction of the sound.

use crate::sys;
use libspa::pod::{Object, Property, Value};
use libspa::utils::Id;

/// How long sound takes: the sum of a part in quanta, a part in frames and a part in nanoseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Span {
    pub(crate) quantum: f32,
    pub(crate) rate_frames: i32,
    pub(crate) nsec: i64,
}

/// `SPA_PARAM_Latency`: what lies before a port (direction output) or behind it (direction input).
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Latency {
    pub(crate) min: Span,
    pub(crate) max: Span,
}

impl Latency {
    /// This latency and another one on top of it.
    pub(crate) fn plus(self, other: Self) -> Self {
        Self { min: self.min.plus(other.min), max: self.max.plus(other.max) }
    }

    pub(crate) fn to_object(self, direction: sys::spa_direction) -> Object {
        let property = Property::new;
        Object {
            type_: sys::SPA_TYPE_OBJECT_ParamLatency,
            id: sys::SPA_PARAM_Latency,
            properties: vec![
                property(sys::SPA_PARAM_LATENCY_direction, Value::Id(Id(direction))),
                property(sys::SPA_PARAM_LATENCY_minQuantum, Value::Float(self.min.quantum)),
                property(sys::SPA_PARAM_LATENCY_maxQuantum, Value::Float(self.max.quantum)),
                property(sys::SPA_PARAM_LATENCY_minRate, Value::Int(self.min.rate_frames)),
                property(sys::SPA_PARAM_LATENCY_maxRate, Value::Int(self.max.rate_frames)),
                property(sys::SPA_PARAM_LATENCY_minNs, Value::Long(self.min.nsec)),
                property(sys::SPA_PARAM_LATENCY_maxNs, Value::Long(self.max.nsec)),
            ],
        }
    }

    /// Direction and latency of a host's object; fields that are missing are zero, as SPA has it.
    pub(crate) fn from_object(object: &Object) -> Option<(sys::spa_direction, Self)> {
        if object.type_ != sys::SPA_TYPE_OBJECT_ParamLatency {
            return None;
        }
        let Some(Value::Id(Id(direction))) = value_of(object, sys::SPA_PARAM_LATENCY_direction) else {
            return None;
        };
        let span = |quantum, rate, nsec| Span {
            quantum: float_of(object, quantum),
            rate_frames: int_of(object, rate),
            nsec: long_of(object, nsec),
        };
        let min = span(
            sys::SPA_PARAM_LATENCY_minQuantum,
            sys::SPA_PARAM_LATENCY_minRate,
            sys::SPA_PARAM_LATENCY_minNs,
        );
        let max = span(
            sys::SPA_PARAM_LATENCY_maxQuantum,
            sys::SPA_PARAM_LATENCY_maxRate,
            sys::SPA_PARAM_LATENCY_maxNs,
        );
        Some((*direction, Self { min, max }))
    }
}

impl Span {
    /// Cut at [`Self::MOST`]: what goes round in a circle through other programs must not grow for ever.
    fn plus(self, other: Self) -> Self {
        Self {
            quantum: (self.quantum + other.quantum).min(Self::MOST.quantum),
            rate_frames: self.rate_frames.saturating_add(other.rate_frames).min(Self::MOST.rate_frames),
            nsec: self.nsec.saturating_add(other.nsec).min(Self::MOST.nsec),
        }
    }

    /// Longer than any latency in use.
    const MOST: Self = Self { quantum: 1000.0, rate_frames: 10_000_000, nsec: 60_000_000_000 };

    /// `SPA_PARAM_ProcessLatency`.
    pub(crate) fn to_object(self) -> Object {
        Object {
            type_: sys::SPA_TYPE_OBJECT_ParamProcessLatency,
            id: sys::SPA_PARAM_ProcessLatency,
            properties: vec![
                Property::new(sys::SPA_PARAM_PROCESS_LATENCY_quantum, Value::Float(self.quantum)),
                Property::new(sys::SPA_PARAM_PROCESS_LATENCY_rate, Value::Int(self.rate_frames)),
                Property::new(sys::SPA_PARAM_PROCESS_LATENCY_ns, Value::Long(self.nsec)),
            ],
        }
    }

    /// The span that a host's `SPA_PARAM_ProcessLatency` sets.
    pub(crate) fn from_object(object: &Object) -> Option<Self> {
        (object.type_ == sys::SPA_TYPE_OBJECT_ParamProcessLatency).then(|| Self {
            quantum: float_of(object, sys::SPA_PARAM_PROCESS_LATENCY_quantum),
            rate_frames: int_of(object, sys::SPA_PARAM_PROCESS_LATENCY_rate),
            nsec: long_of(object, sys::SPA_PARAM_PROCESS_LATENCY_ns),
        })
    }
}

/// What a port's neighbours told, without what only came back to it.
///
/// A program that plays what it records hands the cable's own latency back, and more of it each time: sound that goes
/// round has no end of it. What grows twice in a row by exactly what the cable takes came round: what was told before it
/// did stays.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Neighbours {
    min: Neighbour,
    max: Neighbour,
}

impl Neighbours {
    pub(crate) fn latency(&self) -> Latency {
        Latency { min: self.min.span, max: self.max.span }
    }

    /// Takes note of what they tell now. `through` is what the cable takes, and what it took before that changed.
    pub(crate) fn hear(&mut self, told: Latency, through: [Latency; 2]) {
        self.min.hear(told.min, through.map(|through| through.min));
        self.max.hear(told.max, through.map(|through| through.max));
    }
}

/// One of the two.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Neighbour {
    span: Span,
    /// What was told before it grew, and how often it did so in a row.
    base: Span,
    steps: u8,
}

/// Once may be another cable's latency.
const CIRCLE_STEPS: u8 = 2;

impl Neighbour {
    fn hear(&mut self, told: Span, through: [Span; 2]) {
        if told == self.span {
            // Said again; or, where it came round, it does so no more.
            self.steps %= CIRCLE_STEPS;
            return;
        }
        let is_round = self.steps == CIRCLE_STEPS;
        let comes_back = |through: &Span| {
            let once = self.span.plus(*through);
            // What was told on the way here may be said again.
            *through != Span::default() && (told == once || is_round && told == once.plus(*through))
        };
        if !through.iter().any(comes_back) {
            *self = Self { span: told, base: told, steps: 0 };
            return;
        }
        self.steps = CIRCLE_STEPS.min(self.steps + 1);
        self.span = if self.steps == CIRCLE_STEPS { self.base } else { told };
    }
}

/// The value of an object's property.
pub(crate) fn value_of(object: &Object, key: u32) -> Option<&Value> {
    object.properties.iter().find(|property| property.key == key).map(|property| &property.value)
}

fn int_of(object: &Object, key: u32) -> i32 {
    match value_of(object, key) {
        Some(Value::Int(value)) => *value,
        _ => 0,
    }
}

fn float_of(object: &Object, key: u32) -> f32 {
    match value_of(object, key) {
        Some(Value::Float(value)) if value.is_finite() => *value,
        _ => 0.0,
    }
}

fn long_of(object: &Object, key: u32) -> i64 {
    match value_of(object, key) {
        Some(Value::Long(value)) => *value,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOME: Latency = Latency {
        min: Span { quantum: 1.0, rate_frames: 64, nsec: 5 },
        max: Span { quantum: 2.0, rate_frames: 128, nsec: 7 },
    };

    #[test]
    fn latency_survives_the_wire_form() {
        let object = SOME.to_object(sys::SPA_DIRECTION_OUTPUT);
        assert_eq!(Latency::from_object(&object), Some((sys::SPA_DIRECTION_OUTPUT, SOME)));
        assert_eq!(Latency::from_object(&SOME.min.to_object()), None);
        assert_eq!(Span::from_object(&SOME.max.to_object()), Some(SOME.max));
    }

    #[test]
    fn what_goes_round_does_not_add_up() {
        let (quantum, offset) =
            (Span { quantum: 1.0, ..Span::default() }, Span { nsec: 7, ..Span::default() });
        let before = Span { nsec: 9, ..Span::default() };
        let whole = |span| Latency { min: span, max: span };
        for base in [Span::default(), offset] {
            let mut neighbours = Neighbours::default();
            neighbours.hear(whole(base), [whole(quantum), whole(before)]);
            for _ in 0..100 {
                let comes_back = neighbours.latency().plus(whole(quantum));
                // Some hosts say everything twice.
                neighbours.hear(neighbours.latency(), [whole(quantum), whole(before)]);
                neighbours.hear(comes_back, [whole(quantum), whole(before)]);
            }
            assert_eq!(neighbours.latency(), whole(base));
            // The circle is opened, and there is another cable before this one.
            neighbours.hear(whole(Span::default()), [whole(quantum); 2]);
            neighbours.hear(whole(quantum), [whole(quantum); 2]);
            assert_eq!(neighbours.latency(), whole(quantum));
        }
    }

    #[test]
    fn latencies_add_up_by_kind_up_to_a_bound() {
        let own = Span { quantum: 0.5, rate_frames: 1, nsec: i64::MAX };
        let sum = SOME.plus(Latency { min: own, max: own });
        let nsec = Span::MOST.nsec;
        assert_eq!(sum.min, Span { quantum: 1.5, rate_frames: 65, nsec });
        assert_eq!(sum.max, Span { quantum: 2.5, rate_frames: 129, nsec });
    }
}
