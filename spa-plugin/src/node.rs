//! One end of a cable as a SPA node: what the host's main thread asks of it.
//!
//! A node has two halves. [`Settings`] belongs to the main thread: format, latency, what was
//! told to listeners. [`Rt`] belongs to the data loop: clock, buffers, the half of the ring. The
//! main thread reaches it through [`Node::on_loop`] only, which runs there and waits.

use crate::cable::{self, SinkPlug, SourcePlug};
use crate::fence::{
    Callbacks, Clock, DataLoop, Dict, Event, Fault, Hooks, Host, Kind, Log, LoopCell, NodeInfo, Param,
    PortBuffer, PortInfo, PortIo, Position, RateMatch, guard,
};
use crate::latency::{Latency, Span};
use crate::params::{self, Scope};
use crate::props::{Config, End};
use crate::rt::{Rt, Side};
use crate::{sink, source, sys};
use libspa::param::audio::AudioInfoRaw;
use libspa::pod::{Object, Value};
use std::ffi::c_int;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// A command of the host's that the node obeys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Command {
    Start,
    /// Pause or suspend.
    Stop,
}

/// A node.
pub(crate) struct Node {
    end: End,
    config: Config,
    log: Log,
    data_loop: Option<DataLoop>,
    hooks: Hooks,
    settings: LoopCell<Settings>,
    rt: LoopCell<Rt>,
    /// A callback panicked: the port is mute from then on.
    is_faulty: AtomicBool,
}

/// What the main thread keeps.
#[derive(Clone, Copy, Default)]
struct Settings {
    /// The rate of the format that was agreed on.
    rate_hz: Option<u32>,
    /// The rate that the graph is about to run at, when the host told.
    position: Option<Position>,
    /// Set by the user, on top of what the cable takes.
    own_latency: Span,
    /// What this port's neighbours told.
    neighbours_latency: Latency,
    /// Flipped to tell listeners that a parameter changed.
    props_serial: bool,
    latency_serial: bool,
}

impl Node {
    /// Makes an end and plugs it to its counterpart. Main thread.
    pub(crate) fn new(end: End, host: Host, properties: &Dict) -> Result<Arc<Self>, c_int> {
        let refuse = |text: String| {
            host.log.error(&format!("api.vcable.{end}: {text}"));
            -libc::EINVAL
        };
        let config = Config::parse(properties).map_err(|refusal| refuse(refusal.to_string()))?;
        let node = Arc::new(Self {
            end,
            config,
            log: host.log,
            data_loop: host.data_loop,
            hooks: Hooks::new(),
            settings: LoopCell::new(Settings::default()),
            rt: LoopCell::new(Rt::new(end)),
            is_faulty: AtomicBool::new(false),
        });
        if let Some(data_loop) = node.data_loop {
            let pointer = Arc::as_ptr(&node);
            // SAFETY: `unplug` takes the events off the loop before the last handle goes.
            let timer = unsafe { Event::new(data_loop, Kind::Timer, pointer) };
            // SAFETY: as above.
            let wake = unsafe { Event::new(data_loop, Kind::Wake, pointer) };
            let (Some(timer), Some(wake)) = (timer, wake) else { return Err(-libc::EMFILE) };
            node.on_loop(|rt| rt.set_events(Some((timer, Arc::new(wake)))));
        }
        if let Err(refusal) = cable::insert(&node) {
            node.unplug();
            return Err(refuse(refusal.to_string()));
        }
        node.log.info(&format!("cable \"{}\": {end} is there", node.config.cable));
        Ok(node)
    }

    /// Leaves the cable and the loop. Main thread; the node is not used afterwards.
    pub(crate) fn unplug(&self) {
        cable::remove(self);
        let events = self.on_loop(|rt| {
            rt.started = false;
            rt.set_events(None)
        });
        drop(events);
    }

    /// Runs a callback of the host's, guarded; a node that failed once does nothing any more.
    pub(crate) fn run(&self, body: impl FnOnce(&Self) -> c_int) -> c_int {
        if self.is_faulty.load(Ordering::Relaxed) {
            return -libc::EIO;
        }
        match guard(|| body(self)) {
            Ok(code) => code,
            Err(Fault) => {
                self.is_faulty.store(true, Ordering::Relaxed);
                let name = &self.config.cable;
                self.log.error(&format!("cable \"{name}\": the {} failed and is mute from now on", self.end));
                -libc::EIO
            }
        }
    }

    pub(crate) fn end(&self) -> End {
        self.end
    }

    pub(crate) fn direction(&self) -> sys::spa_direction {
        match self.end {
            End::Sink => sys::SPA_DIRECTION_INPUT,
            End::Source => sys::SPA_DIRECTION_OUTPUT,
        }
    }

    pub(crate) fn config(&self) -> &Config {
        &self.config
    }

    pub(crate) fn data_loop(&self) -> Option<DataLoop> {
        self.data_loop
    }

    pub(crate) fn hooks(&self) -> &Hooks {
        &self.hooks
    }

    pub(crate) fn log_error(&self, text: &str) {
        self.log.error(&format!("cable \"{}\": {text}", self.config.cable));
    }

    /// The state that the data loop owns. Data loop.
    pub(crate) fn rt(&self) -> &LoopCell<Rt> {
        &self.rt
    }

    /// Changes the data loop's state, on the data loop, and waits. Main thread.
    fn on_loop<R: Send>(&self, change: impl FnOnce(&mut Rt) -> R + Send) -> Option<R> {
        match self.data_loop {
            Some(data_loop) => data_loop.invoke(|| self.rt.with(change)).flatten(),
            None => self.rt.with(change),
        }
    }

    fn settings(&self) -> Settings {
        self.settings.with(|settings| *settings).unwrap_or_default()
    }

    // --- the cable -----------------------------------------------------------------------------

    pub(crate) fn give_sink_plug(&self, plug: SinkPlug) {
        let rate_hz = self.settings().rate_hz.unwrap_or(0);
        plug.link.sink_rate_hz.store(rate_hz, Ordering::Relaxed);
        self.on_loop(|rt| sink::plug(rt, plug));
    }

    pub(crate) fn give_source_plug(&self, plug: SourcePlug) {
        self.on_loop(|rt| source::plug(rt, plug));
    }

    pub(crate) fn take_sink_plug(&self) -> Option<SinkPlug> {
        self.on_loop(sink::unplug).flatten()
    }

    pub(crate) fn take_source_plug(&self) -> Option<SourcePlug> {
        self.on_loop(source::unplug).flatten()
    }

    /// What wakes this node from another loop.
    pub(crate) fn wake(&self) -> Option<Arc<Event>> {
        self.on_loop(|rt| rt.wake()).flatten()
    }

    // --- what the host sets ----------------------------------------------------------------------

    pub(crate) fn set_callbacks(&self, callbacks: Callbacks) -> c_int {
        self.on_loop(move |rt| rt.callbacks = callbacks).map_or(-libc::EBUSY, |()| 0)
    }

    pub(crate) fn set_clock(&self, clock: Option<Clock>) -> c_int {
        if let Some(clock) = clock {
            clock.set_name(&format!("api.vcable.{}", self.config.cable));
        }
        self.on_loop(move |rt| {
            rt.clock = clock;
            self.reassign(rt);
        })
        .map_or(-libc::EBUSY, |()| 0)
    }

    pub(crate) fn set_position(&self, position: Option<Position>) -> c_int {
        self.settings.with(|settings| settings.position = position);
        self.on_loop(move |rt| {
            rt.position = position;
            self.reassign(rt);
        })
        .map_or(-libc::EBUSY, |()| 0)
    }

    /// Another driver may run the group now: start or stop the own timer accordingly. Data loop.
    fn reassign(&self, rt: &mut Rt) {
        let following = rt.is_following();
        if rt.started && following != rt.following {
            rt.following = following;
            rt.restart_timer(self.data_loop);
        }
    }

    pub(crate) fn set_port_io(&self, io: Option<PortIo>) -> c_int {
        self.on_loop(move |rt| rt.io = io).map_or(-libc::EBUSY, |()| 0)
    }

    pub(crate) fn set_rate_match(&self, area: Option<RateMatch>) -> c_int {
        self.on_loop(move |rt| rt.rate_match = area).map_or(-libc::EBUSY, |()| 0)
    }

    pub(crate) fn use_buffers(&self, buffers: Vec<PortBuffer>) -> c_int {
        if self.settings().rate_hz.is_none() && !buffers.is_empty() {
            return -libc::EIO;
        }
        if buffers.len() > params::MAX_BUFFERS {
            return -libc::ENOSPC;
        }
        let Ok(format) = cable::stream_format(&self.config, 48_000) else { return -libc::EINVAL };
        if buffers.iter().any(|buffer| buffer.plane_count() != format.plane_count()) {
            return -libc::EINVAL;
        }
        self.replace_buffers(buffers)
    }

    /// The old buffers come back to be freed here, not on the data loop.
    fn replace_buffers(&self, mut buffers: Vec<PortBuffer>) -> c_int {
        let stop = buffers.is_empty();
        let replaced = self.on_loop(|rt| {
            if stop {
                self.stop_on_loop(rt);
            }
            std::mem::swap(&mut rt.buffers, &mut buffers);
        });
        replaced.map_or(-libc::EBUSY, |()| 0)
    }

    /// Data loop.
    pub(crate) fn reuse_buffer(&self, id: u32) -> c_int {
        self.rt.with(|rt| rt.recycle(id)).map_or(-libc::EBUSY, |()| 0)
    }

    pub(crate) fn command(&self, command: Command) -> c_int {
        match command {
            Command::Start if self.data_loop.is_none() => -libc::ENOTSUP,
            Command::Start => {
                let Some(rate_hz) = self.settings().rate_hz else { return -libc::EIO };
                self.on_loop(|rt| self.start_on_loop(rt, rate_hz)).unwrap_or(-libc::EBUSY)
            }
            Command::Stop => self.on_loop(|rt| self.stop_on_loop(rt)).map_or(-libc::EBUSY, |()| 0),
        }
    }

    fn start_on_loop(&self, rt: &mut Rt, rate_hz: u32) -> c_int {
        if rt.buffers.is_empty() {
            return -libc::EIO;
        }
        if !rt.started {
            let stride = cable::stream_format(&self.config, rate_hz);
            rt.stride_bytes = stride.map_or(0, |format| format.plane_stride_bytes());
            rt.port_rate_hz = rate_hz;
            rt.started = true;
            rt.following = rt.is_following();
            rt.start_side();
            rt.restart_timer(self.data_loop);
        }
        0
    }

    fn stop_on_loop(&self, rt: &mut Rt) {
        if !rt.started {
            return;
        }
        rt.started = false;
        rt.restart_timer(self.data_loop);
        rt.stop_side();
        if let Side::Sink(side) = &rt.side {
            side.tell_source();
        }
    }

    // --- parameters --------------------------------------------------------------------------------

    /// All values of a parameter, or an error code.
    pub(crate) fn params(&self, scope: Scope, id: u32) -> Result<Vec<Param>, c_int> {
        let settings = self.settings();
        let objects: Vec<Object> = match (scope, id) {
            (_, sys::SPA_PARAM_IO) => params::io(scope),
            (Scope::Node, sys::SPA_PARAM_PropInfo) => params::prop_info(&self.config).into(),
            (Scope::Node, sys::SPA_PARAM_Props) => vec![params::props(&self.config, settings.own_latency)],
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
                let behind = cable::other_end(self).map(|other| other.settings().neighbours_latency);
                let behind = behind.unwrap_or_default();
                params::latency(self.end, settings.own_latency, behind, settings.neighbours_latency).into()
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

    fn set_props(&self, props: Option<&Object>) -> c_int {
        match props.map_or(Ok(Some(0)), params::latency_offset_nsec) {
            Ok(Some(nsec)) => self.set_own_latency(Span { nsec, ..self.settings().own_latency }),
            Ok(None) => 0,
            Err(nsec) => {
                self.log_error(&format!(
                    "latencyOffsetNsec = {nsec} is refused: accepted is 0 to 2000000000"
                ));
                -libc::EINVAL
            }
        }
    }

    fn set_own_latency(&self, span: Span) -> c_int {
        if span != self.settings().own_latency {
            self.settings.with(|settings| {
                settings.own_latency = span;
                settings.props_serial ^= true;
                settings.latency_serial ^= true;
            });
            self.emit_node(false);
            self.emit_port(false);
        }
        0
    }

    /// Takes note of what lies on this port's side and lets the other end report it on.
    fn set_neighbours_latency(&self, object: Option<&Object>) -> c_int {
        let latency = match object.map(Latency::from_object) {
            None => Latency::default(),
            Some(Some((direction, latency))) if direction != self.direction() => latency,
            Some(_) => return -libc::EINVAL,
        };
        if latency != self.settings().neighbours_latency {
            self.settings.with(|settings| {
                settings.neighbours_latency = latency;
                settings.latency_serial ^= true;
            });
            self.emit_port(false);
            if let Some(other) = cable::other_end(self) {
                other.settings.with(|settings| settings.latency_serial ^= true);
                other.emit_port(false);
            }
        }
        0
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
        self.on_loop(|rt| {
            if let Some(link) = rt.sink_link() {
                link.sink_rate_hz.store(rate_hz.unwrap_or(0), Ordering::Relaxed);
            }
        });
        self.warn_of_other_rate();
        self.emit_port(false);
        0
    }

    fn warn_of_other_rate(&self) {
        let other = cable::other_end(self).and_then(|other| other.settings().rate_hz);
        if let (Some(own), Some(other)) = (self.settings().rate_hz, other) {
            if own != other {
                let (name, end) = (&self.config.cable, self.end);
                self.log.warn(&format!(
                    "cable \"{name}\": the {end} runs at {own} Hz and the other end at {other} Hz: \
                     it is silent until both run at one rate"
                ));
            }
        }
    }

    // --- what listeners are told ----------------------------------------------------------------------

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

    // --- the data loop -----------------------------------------------------------------------------------

    /// One cycle of the group that this node is in. Data loop.
    pub(crate) fn process(&self) -> c_int {
        match self.end {
            End::Sink => sink::process(self),
            End::Source => source::process(self),
        }
    }

    /// The own timer fired. Data loop.
    pub(crate) fn on_timer(&self) {
        match self.end {
            End::Sink => sink::on_timer(self),
            End::Source => source::on_timer(self),
        }
    }

    /// The sink, on another loop, has written or stopped. Data loop.
    pub(crate) fn on_wake(&self) {
        if self.end == End::Source {
            source::advance(self);
        }
    }
}

fn param_info(id: u32, flags: u32, serial: bool) -> sys::spa_param_info {
    let flags = flags | if serial { sys::SPA_PARAM_INFO_SERIAL } else { 0 };
    sys::spa_param_info { id, flags, user: 0, seq: 0, padding: [0; 4] }
}
