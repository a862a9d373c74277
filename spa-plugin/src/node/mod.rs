//! One end of a cable as a SPA node: what the host's main thread asks of it.
//!
//! A node has two halves. [`Settings`] belongs to the main thread: format, latency, what was
//! told to listeners. [`Rt`] belongs to the data loop: clock, buffers, the half of the ring. The
//! main thread reaches it through [`Node::on_loop`] only, which runs there and waits.

mod settings;

use crate::cable::{self, Resampler, Retune, SinkPlug, SourcePlug};
use crate::fence::{
    CABLE_CLOCK, Callbacks, Clock, Dict, Event, Fault, Hooks, Host, Kind, Log, Loop, LoopCell, PortBuffer,
    PortIo, Position, RateMatch, guard,
};
use crate::params;
use crate::props::{Config, End};
use crate::relation::Relation;
use crate::rt::{Events, Rt, Side};
use crate::told::Told;
use crate::{sink, source, sys};
use settings::Settings;
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
    data_loop: Option<Loop>,
    main_loop: Option<Loop>,
    hooks: Hooks,
    settings: LoopCell<Settings>,
    rt: LoopCell<Rt>,
    told: Arc<Told>,
    /// A callback panicked: the port is mute from then on.
    is_faulty: AtomicBool,
}

impl Node {
    /// Makes an end and plugs it to its counterpart. Main thread.
    pub(crate) fn new(end: End, host: &Host, properties: &Dict) -> Result<Arc<Self>, c_int> {
        let refuse = |text: String| {
            host.log.error(&format!("api.vcable.{end}: {text}"));
            -libc::EINVAL
        };
        let config = Config::parse(properties).map_err(|refusal| refuse(refusal.to_string()))?;
        let told = Arc::new(Told::default());
        let settings = Settings::new(config.tuning);
        let node = Arc::new(Self {
            end,
            config,
            log: host.log,
            data_loop: host.data_loop,
            main_loop: host.main_loop,
            hooks: Hooks::new(),
            settings: LoopCell::new(settings),
            rt: LoopCell::new(Rt::new(end, Arc::clone(&told))),
            told,
            is_faulty: AtomicBool::new(false),
        });
        if let Some(data_loop) = node.data_loop {
            let events = node.make_events(data_loop).ok_or(-libc::EMFILE)?;
            node.on_loop(|rt| rt.set_events(Some(events)));
        }
        if let Err(refusal) = cable::insert(&node) {
            node.unplug();
            return Err(refuse(refusal.to_string()));
        }
        node.log.info(&format!("cable \"{}\": {end} is there", node.config.cable));
        Ok(node)
    }

    /// What wakes this node on its loops; `None` when there are no more descriptors.
    fn make_events(&self, data_loop: Loop) -> Option<Events> {
        // SAFETY: `unplug` takes the events off the loops before the last handle goes.
        let new = |on, kind| unsafe { Event::new(on, kind, self) };
        // A sink has nothing to tell: the source knows how the ends stand to each other.
        let notice = match self.main_loop.filter(|_| self.end == End::Source) {
            Some(main_loop) => Some(new(main_loop, Kind::Notice)?),
            None => None,
        };
        let wake = Arc::new(new(data_loop, Kind::Wake)?);
        Some(Events { timer: new(data_loop, Kind::Timer)?, wake, notice })
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
        guard(|| body(self)).unwrap_or_else(|Fault| {
            self.is_faulty.store(true, Ordering::Relaxed);
            let name = &self.config.cable;
            self.log.error(&format!("cable \"{name}\": the {} failed and is mute from now on", self.end));
            -libc::EIO
        })
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

    pub(crate) fn data_loop(&self) -> Option<Loop> {
        self.data_loop
    }

    pub(crate) fn main_loop(&self) -> Option<Loop> {
        self.main_loop
    }

    /// What the data loop tells. Any thread.
    pub(crate) fn told(&self) -> &Told {
        &self.told
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

    /// The rate of the port's format, when it has one. Main thread.
    pub(crate) fn rate_hz(&self) -> Option<u32> {
        self.settings().rate_hz
    }

    // --- the cable -----------------------------------------------------------------------------

    pub(crate) fn give_sink_plug(&self, plug: SinkPlug) {
        self.on_loop(|rt| sink::plug(rt, plug));
    }

    pub(crate) fn give_source_plug(&self, plug: SourcePlug) {
        self.on_loop(|rt| source::plug(rt, plug));
    }

    /// Changes how the source's way resamples and what it holds; what is not needed any more comes back.
    pub(crate) fn retune(&self, change: Retune) -> Option<Resampler> {
        self.on_loop(|rt| source::retune(rt, change)).flatten()
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
            clock.set_name(&format!("{CABLE_CLOCK}{}", self.config.cable));
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
            self.told.forget_times();
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
        } else {
            rt.stands(Relation::Idle);
        }
    }

    // --- the data loop -----------------------------------------------------------------------------------

    /// One cycle of the group that this node is in. Data loop.
    pub(crate) fn process(&self) -> c_int {
        self.timed(|now_nsec| match self.end {
            End::Sink => sink::process(self, now_nsec),
            End::Source => source::process(self, now_nsec),
        })
    }

    /// The own timer fired. Data loop.
    pub(crate) fn on_timer(&self) {
        self.rt.with(Rt::disarmed);
        self.run_own_clock();
    }

    /// The clients are done with a cycle after which the next one was to follow at once, or the sink, on another loop,
    /// has written or stopped. Data loop.
    pub(crate) fn on_wake(&self) {
        if self.rt.with(Rt::resume).unwrap_or(false) {
            self.run_own_clock();
        }
        if self.end == End::Source {
            self.timed(|_| source::advance(self));
        }
    }

    fn run_own_clock(&self) {
        self.timed(|_| match self.end {
            End::Sink => sink::on_timer(self),
            End::Source => source::on_timer(self),
        });
    }

    /// Runs a callback of the data loop's and keeps how long it took, with all that the host does within it. Two
    /// looks at a clock that the kernel keeps in this process. Data loop.
    fn timed<R>(&self, body: impl FnOnce(u64) -> R) -> R {
        let now_nsec = || self.data_loop.map_or(0, Loop::now_nsec);
        let begun_nsec = now_nsec();
        let result = body(begun_nsec);
        self.told.took(now_nsec().saturating_sub(begun_nsec));
        result
    }

    // --- the main loop -------------------------------------------------------------------------------------

    /// The data loop has changed what listeners know of this node; see [`Rt::notify_main`]. Main thread.
    pub(crate) fn on_notice(&self) {
        cable::on_notice(self);
    }

    /// One line for each change of how the ends stand to each other. Main thread.
    pub(crate) fn log_relation(&self) {
        let relation = self.told.relation();
        let logged = self.settings.with(|settings| std::mem::replace(&mut settings.logged, relation));
        // What came and went before the main thread had time for it is no news any more.
        if logged != Some(relation) {
            let (cable, name, meaning) = (&self.config.cable, relation.name(), relation.meaning());
            self.log.info(&format!("cable \"{cable}\": {name}: {meaning}"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fence::Dict;

    #[test]
    fn a_panic_mutes_its_node_and_no_other() {
        let host = Host::without_supports();
        let properties = Dict::from_pairs(&[("vcable.name", "a test of faults")]);
        let sink = Node::new(End::Sink, &host, &properties).unwrap_or_else(|code| panic!("{code}"));
        let source = Node::new(End::Source, &host, &properties).unwrap_or_else(|code| panic!("{code}"));
        assert_eq!(source.run(|_| panic!("planted")), -libc::EIO);
        assert_eq!(source.run(|_| unreachable!("a faulty node runs nothing")), -libc::EIO);
        assert_eq!(sink.run(|_| 7), 7);
        sink.unplug();
        source.unplug();
    }
}
