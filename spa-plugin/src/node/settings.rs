//! A node's parameters, on the host's main thread: what is listed, what can be set, who is told.

use super::Node;
use crate::cable;
use crate::fence::{NodeInfo, Param, PortInfo, Position};
use crate::latency::{Latency, Neighbours, Span};
use crate::params::{self, Gain, Scope};
use crate::props::{End, NO_SUCH_PROPERTY, Refusal};
use crate::relation::Relation;
use crate::sys;
use crate::tuning::Tuning;
use libspa::param::audio::AudioInfoRaw;
use libspa::pod::{Object, Value};
use std::ffi::c_int;

/// What the main thread keeps.
#[derive(Clone, Copy, Default)]
pub(super) struct Settings {
    /// The rate of the format that was agreed on.
    pub(super) rate_hz: Option<u32>,
    /// The rate that the graph is about to run at, when the host told.
    pub(super) position: Option<Position>,
    /// Set by the user, on top of what the cable takes.
    own_latency: Span,
    /// Set by mixers.
    gain: Gain,
    /// What this port's neighbours told.
    neighbours: Neighbours,
    /// What the cable takes as this port tells it, and what it took before that changed.
    told_through: [Latency; 2],
    /// Flipped to tell listeners that a parameter changed.
    props_serial: bool,
    latency_serial: bool,
    /// What was said of the cable on this end.
    pub(super) tuning: Tuning,
    /// What the log says of the two ends last.
    pub(super) logged: Relation,
    /// Listeners are being told of the cable's latency.
    is_telling: bool,
}

impl Settings {
    /// Nothing is set yet but what the cable was made with.
    pub(super) fn new(tuning: Tuning) -> Self {
        Self { tuning, ..Self::default() }
    }
}

impl Node {
    /// All values of a parameter, or an error code.
    pub(crate) fn params(&self, scope: Scope, id: u32) -> Result<Vec<Param>, c_int> {
        let settings = self.settings();
        let objects: Vec<Object> = match (scope, id) {
            (_, sys::SPA_PARAM_IO) => params::io(scope),
            (Scope::Node, sys::SPA_PARAM_PropInfo) => params::prop_info(&self.config),
            (Scope::Node, sys::SPA_PARAM_Props) => {
                let own = settings.own_latency;
                let (tuning, state) = (cable::tuning(self), cable::state(self));
                vec![params::props(&self.config.cable, own, settings.gain, tuning, state)]
            }
            (Scope::Node, sys::SPA_PARAM_ProcessLatency) => vec![settings.own_latency.to_object()],
            (Scope::Port, sys::SPA_PARAM_EnumFormat) => {
                let graph_rate_hz = settings.position.map(|position| position.target().1);
                vec![params::enum_format(&self.config, graph_rate_hz.filter(|hz| *hz > 0))]
            }
            (Scope::Port, sys::SPA_PARAM_Format) => {
                vec![params::format(&self.config, settings.rate_hz.ok_or(-libc::EIO)?)]
            }
            (Scope::Port, sys::SPA_PARAM_Buffers) => {
                let rate_hz = settings.rate_hz.ok_or(-libc::EIO)?;
                let format = cable::stream_format(&self.config, rate_hz).map_err(|_| -libc::EIO)?;
                vec![params::buffers(&self.config, &format)]
            }
            (Scope::Port, sys::SPA_PARAM_Latency) => {
                let behind = cable::other_end(self).map(|other| other.settings().neighbours.latency());
                let behind = behind.unwrap_or_default();
                params::latency(self.end, self.through(), behind, settings.neighbours.latency()).into()
            }
            _ => return Err(-libc::ENOENT),
        };
        Ok(objects.into_iter().filter_map(Param::new).collect())
    }

    pub(crate) fn set_param(&self, scope: Scope, id: u32, value: Option<&Value>) -> c_int {
        let object = match value {
            Some(Value::Object(object)) => Some(object),
            Some(_) => return -libc::EINVAL,
            None => None,
        };
        match (scope, id) {
            (Scope::Node, sys::SPA_PARAM_Props) => self.set_props(object),
            (Scope::Node, sys::SPA_PARAM_ProcessLatency) => {
                match object.map_or(Some(Span::default()), Span::from_object) {
                    Some(span) => self.set_own_latency(span),
                    None => -libc::EINVAL,
                }
            }
            (Scope::Port, sys::SPA_PARAM_Latency) => self.set_neighbours_latency(object),
            _ => -libc::ENOENT,
        }
    }

    /// All of it or, when anything is refused, nothing.
    fn set_props(&self, props: Option<&Object>) -> c_int {
        let Some(props) = props else {
            self.set_gain(Gain::default());
            return self.set_own_latency(Span::default());
        };
        let Some(given) = params::set_params(props) else { return -libc::EINVAL };
        let checked =
            params::latency_offset_nsec(props).and_then(|nsec| Ok((nsec, self.check_tuning(&given)?)));
        match checked {
            Ok((nsec, tuning)) => {
                self.set_gain(self.settings().gain.with(props));
                let own = self.settings().own_latency;
                self.set_own_latency(Span { nsec: nsec.unwrap_or(own.nsec), ..own });
                cable::tune(self, tuning)
            }
            Err(refusal) => {
                self.log_error(&refusal.to_string());
                -libc::EINVAL
            }
        }
    }

    /// What of a list of names and values is the cable's. What a tool read here and writes back is no fault.
    fn check_tuning(&self, given: &[(String, String)]) -> Result<Tuning, Refusal> {
        let mut tuning = Tuning::default();
        for (name, value) in given {
            let same = name == "vcable.name" && *value == self.config.cable;
            let ours = name.starts_with("vcable.") && !name.starts_with("vcable.state.");
            if tuning.set(name, value)? || same || !ours {
                continue;
            }
            let accepted = if name == "vcable.name" { "the name it was made with" } else { NO_SUCH_PROPERTY };
            return Err(Refusal::new(name, value, accepted));
        }
        Ok(tuning)
    }

    /// What was said of the cable on this end. Main thread.
    pub(crate) fn tuning(&self) -> Tuning {
        self.settings().tuning
    }

    /// Something was said of the cable, here or on its other end. Main thread.
    pub(crate) fn set_tuning(&self, tuning: Tuning) {
        self.settings.with(|settings| {
            settings.tuning = tuning.or(settings.tuning);
            settings.props_serial ^= true;
        });
        self.emit_node(false);
    }

    fn set_own_latency(&self, span: Span) -> c_int {
        if span != self.settings().own_latency {
            self.settings.with(|settings| {
                settings.own_latency = span;
                settings.props_serial ^= true;
            });
            self.emit_node(false);
            self.tell_latency();
        }
        0
    }

    fn set_gain(&self, gain: Gain) {
        if gain != self.settings().gain {
            self.settings.with(|settings| {
                settings.gain = gain;
                settings.props_serial ^= true;
            });
            self.emit_node(false);
        }
    }

    /// Takes note of what lies on this port's side and lets the other end report it on.
    fn set_neighbours_latency(&self, object: Option<&Object>) -> c_int {
        let latency = match object.map(Latency::from_object) {
            None => Latency::default(),
            Some(Some((direction, latency))) if direction != self.direction() => latency,
            Some(_) => return -libc::EINVAL,
        };
        let through = cable::other_end(self).map(|other| other.settings().told_through).unwrap_or_default();
        let before = self.settings().neighbours.latency();
        self.settings.with(|settings| settings.neighbours.hear(latency, through));
        if before != self.settings().neighbours.latency() {
            self.tell_latency();
        }
        0
    }

    /// What the cable takes as this port tells it, with what was set on top of it.
    fn through(&self) -> Latency {
        let own = self.settings().own_latency;
        cable::passage(self).latency(self.end).plus(Latency { min: own, max: own })
    }

    /// Has listeners of both ends read their ports' latency anew. Where sound goes round in a circle, what is told
    /// comes back at once and with more each time: from within it is only taken note of. Main thread.
    pub(crate) fn tell_latency(&self) {
        let other = cable::other_end(self);
        let is_within = |node: &Self| node.settings().is_telling;
        if is_within(self) || other.as_deref().is_some_and(is_within) {
            return;
        }
        self.settings.with(|settings| settings.is_telling = true);
        self.emit_latency();
        if let Some(other) = other {
            other.emit_latency();
        }
        self.settings.with(|settings| settings.is_telling = false);
    }

    fn emit_latency(&self) {
        let through = self.through();
        self.settings.with(|settings| {
            let [now, _] = settings.told_through;
            if now != through {
                settings.told_through = [through, now];
            }
        });
        self.settings.with(|settings| settings.latency_serial ^= true);
        self.emit_port(false);
    }

    pub(crate) fn set_format(&self, format: Option<&AudioInfoRaw>) -> c_int {
        let rate_hz = match format {
            None => None,
            Some(format) => match params::accept_format(&self.config, format) {
                Some(rate_hz) => Some(rate_hz),
                None => return -libc::EINVAL,
            },
        };
        self.replace_buffers(Vec::new());
        self.settings.with(|settings| settings.rate_hz = rate_hz);
        cable::fit(self);
        self.emit_port(false);
        0
    }

    pub(crate) fn emit_all(&self) {
        self.emit_node(true);
        self.emit_port(true);
    }

    fn emit_node(&self, full: bool) {
        let serial = self.settings().props_serial;
        let params = params::NODE_PARAMS.map(|(id, flags)| param_info(id, flags, serial));
        let (input_ports, output_ports) = match self.end {
            End::Sink => (1, 0),
            End::Source => (0, 1),
        };
        self.hooks.emit_node(NodeInfo { input_ports, output_ports, params: params.into(), full });
    }

    fn emit_port(&self, full: bool) {
        let settings = self.settings();
        let params = params::port_params(settings.rate_hz.is_some());
        let params = params.map(|(id, flags)| {
            param_info(id, flags, id == sys::SPA_PARAM_Latency && settings.latency_serial)
        });
        self.hooks.emit_port(PortInfo {
            direction: self.direction(),
            rate_hz: settings.rate_hz.unwrap_or(0),
            params: params.into(),
            full,
        });
    }
}

fn param_info(id: u32, flags: u32, serial: bool) -> sys::spa_param_info {
    let flags = flags | if serial { sys::SPA_PARAM_INFO_SERIAL } else { 0 };
    sys::spa_param_info { id, flags, user: 0, seq: 0, padding: [0; 4] }
}
