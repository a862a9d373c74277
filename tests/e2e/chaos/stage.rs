//! The graph in which it all happens, and how each thing is done to it.

use std::path::PathBuf;

use anyhow::{Context as _, Result};
use rustix::process::Signal;
use vcable_tests::Instance;
use vcable_tests::cli::Cli;
use vcable_tests::clients::{Family, write_for};
use vcable_tests::measure::{Measure, Role};
use vcable_tests::process::{Output, Process};
use vcable_tests::signal::{SampleFormat, noise};

use super::operation::{CLIENTS, Kind, OWNERS, Operation, filter_name};
use crate::trial::Context;

/// Longer than a client lives, more or less.
const SOUND_FRAMES: usize = 20 * 48_000;

enum Client {
    Process(Process),
    Filter(Measure),
}

impl Client {
    fn process(&mut self) -> &mut Process {
        match self {
            Self::Process(process) => process,
            Self::Filter(measure) => measure.process(),
        }
    }
}

pub(super) struct Stage {
    pub(super) instance: Instance,
    owners: Vec<Cli>,
    clients: [Option<Client>; CLIENTS],
    /// Servers besides the daemon that ended by a fault of their own, and were started again.
    pub(super) revived: Vec<String>,
    raw: PathBuf,
    wav: PathBuf,
}

impl Stage {
    pub(super) fn new(instance: Instance) -> Result<Self> {
        let sound = noise(SampleFormat::F32, 2, 48_000, SOUND_FRAMES, 1);
        let (raw, wav) = (instance.sound("noise.raw"), instance.sound("noise.wav"));
        write_for(Family::Pulse, &raw, &sound)?;
        write_for(Family::PwCat, &wav, &sound)?;
        let owners = (0..OWNERS).map(|_| Cli::start(&instance)).collect::<Result<_>>()?;
        Ok(Self { instance, owners, clients: std::array::from_fn(|_| None), revived: Vec::new(), raw, wav })
    }

    /// Does it. That the daemon refuses, or that something is not there, is no error: what exists when is up to the
    /// daemon's pace.
    ///
    /// # Errors
    /// The daemon ended.
    pub(super) fn perform(&mut self, operation: &Operation) -> Result<()> {
        match operation {
            Operation::Create { owner, object, settings } => {
                self.owners[*owner].send(&format!("create-node adapter {}", object.arguments(settings)))?;
            }
            Operation::Destroy(object) => self.tell(&format!("destroy {}", object.node()))?,
            Operation::KillOwner(owner) => self.restart_owner(*owner)?,
            Operation::Start { client, kind, sink, source } => self.start(*client, *kind, sink, source)?,
            Operation::Kill(client) => self.kill(*client),
            Operation::End(client) => self.clients[*client] = None,
            Operation::Hang(client) => self.signal(*client, Signal::STOP),
            Operation::GoOn(client) => self.signal(*client, Signal::CONT),
            Operation::Link(output, input) => self.link(&[output, input]),
            Operation::Unlink(output, input) => self.link(&["-d", output, input]),
            Operation::Props { node, props } => self.tell(&format!("set-param {node} Props {props}"))?,
            Operation::Suspend(node) => self.tell(&format!("send-command {node} Suspend"))?,
            Operation::Quantum(frames) => self.force("quantum", *frames),
            Operation::Rate(hz) => self.force("rate", *hz),
            Operation::Wait(ms) => std::thread::sleep(std::time::Duration::from_millis(*ms)),
        }
        self.revive()
    }

    fn revive(&mut self) -> Result<()> {
        self.revived.extend(self.instance.revive_servers()?);
        Ok(())
    }

    /// Since 1.0 the tool waits until the link is ready, which one to a client that hangs never is.
    fn link(&self, words: &[&str]) {
        const SECONDS: &str = "1";
        let words: Vec<_> = [SECONDS, "pw-link"].iter().chain(words).copied().collect();
        let _ = self.instance.run("timeout", &words);
    }

    /// Through the first owner, whoever made what it is about.
    pub(super) fn tell(&mut self, line: &str) -> Result<()> {
        self.owners.first_mut().context("no owner")?.send(line)
    }

    fn restart_owner(&mut self, owner: usize) -> Result<()> {
        self.owners[owner].kill()?;
        self.owners[owner] = Cli::start(&self.instance)?;
        Ok(())
    }

    fn start(&mut self, client: usize, kind: Kind, sink: &str, source: &str) -> Result<()> {
        self.kill(client);
        let scratch = self.instance.sound(&format!("client-{client}.wav")).display().to_string();
        let (raw, wav) = (self.raw.display().to_string(), self.wav.display().to_string());
        let at = |node: &str| format!("--device={node}");
        let to = |node: &str| format!("--target={node}");
        let form = ["--raw", "--format=float32le", "--rate=48000", "--channels=2"];
        let mut output = Output::Log;
        let (program, words): (_, Vec<String>) = match kind {
            Kind::PulsePlayer => ("paplay", vec![at(sink), raw]),
            Kind::PulseRecorder => {
                output = Output::File("/dev/null".into());
                ("parec", vec![at(source)])
            }
            Kind::Player => ("pw-cat", vec!["--playback".to_owned(), to(sink), wav]),
            Kind::Recorder => ("pw-cat", vec!["--record".to_owned(), to(source), scratch]),
            Kind::Loopback => {
                ("pw-loopback", vec![format!("--capture={source}"), format!("--playback={sink}")])
            }
            Kind::Filter => {
                let mut filter =
                    Measure::start(&self.instance, Context::measure_program(), &filter_name(client))?;
                filter.enable(Role::Writer, None)?;
                filter.enable(Role::Reader, None)?;
                self.clients[client] = Some(Client::Filter(filter));
                return Ok(());
            }
        };
        let pulse = matches!(kind, Kind::PulsePlayer | Kind::PulseRecorder);
        let words: Vec<_> =
            form.into_iter().filter(|_| pulse).chain(words.iter().map(String::as_str)).collect();
        self.clients[client] = Some(Client::Process(self.instance.spawn(program, &words, output)?));
        Ok(())
    }

    fn kill(&mut self, client: usize) {
        if let Some(mut client) = self.clients[client].take() {
            // One that has ended by itself is as dead.
            let _ = client.process().kill();
        }
    }

    /// One that has ended by itself does not mind.
    fn signal(&mut self, client: usize, signal: Signal) {
        if let Some(client) = &mut self.clients[client] {
            let _ = client.process().signal(signal);
        }
    }

    fn force(&self, what: &str, value: u32) {
        let (key, value) = (format!("clock.force-{what}"), value.to_string());
        let _ = self.instance.run("pw-metadata", &["-n", "settings", "0", &key, &value]);
    }

    /// Takes away all that was made, and undoes all that was set.
    ///
    /// # Errors
    /// The daemon does not answer any more.
    pub(super) fn clear(&mut self, links: &[(String, String)], resident: [&str; 2]) -> Result<()> {
        (0..CLIENTS).for_each(|client| self.kill(client));
        self.revive()?;
        self.instance.restart_session_manager()?;
        (0..OWNERS).try_for_each(|owner| self.restart_owner(owner))?;
        for (output, input) in links {
            // Most of them went with their nodes.
            self.link(&["-d", output, input]);
        }
        self.force("rate", 0);
        self.instance.force_quantum(0)?;
        for node in resident {
            self.tell(&format!(
                "set-param {node} Props {{ volume: 1.0 mute: false channelVolumes: [ 1.0, 1.0 ] }}"
            ))?;
            // A node keeps the rate at which it was linked first until it is suspended, which the session manager does
            // after some seconds without links: so does a null sink. Where rates are not forced this is not needed.
            if self.instance.root().at_least(1, 0, 0) {
                self.tell(&format!("send-command {node} Suspend"))?;
            }
        }
        self.revive()
    }
}
