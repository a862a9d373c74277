//! Cables made and destroyed at run time leave nothing behind.

use anyhow::{Context as _, Result, ensure};
use vcable_tests::Instance;
use vcable_tests::cable::{Cable, End};
use vcable_tests::cli::Cli;
use vcable_tests::usage::resident_bytes;

use crate::trial::{Context, Trials};

/// Rounds until the allocator and the daemon's pools have what they need.
const WARM_UP: u32 = 50;

const ROUNDS: u32 = 200;

const GROWTH_BYTES: u64 = 1 << 20;

pub(crate) fn add(trials: &mut Trials) {
    trials.add("lifecycle/two-hundred-cables", two_hundred);
}

fn two_hundred(context: &Context) -> Result<()> {
    let instance = context.builder().start(&context.scratch)?;
    let mut cli = Cli::start(&instance)?;
    let daemon = instance.daemon_id();
    for _ in 0..WARM_UP {
        round(&instance, &mut cli)?;
    }
    let before = resident_bytes(daemon)?;
    for number in 0..ROUNDS {
        round(&instance, &mut cli).with_context(|| format!("round {number}"))?;
    }
    let after = resident_bytes(daemon)?;
    let growth = after.saturating_sub(before);
    context.note(&format!("{ROUNDS} rounds: {before} -> {after} bytes resident"));
    ensure!(growth <= GROWTH_BYTES, "the daemon grew by {growth} bytes over {ROUNDS} rounds");
    let log = instance.daemon_log()?;
    ensure!(!log.contains("spa.vcable"), "the cable logs: {log}");
    Ok(())
}

fn round(instance: &Instance, cli: &mut Cli) -> Result<()> {
    let cable = Cable::new("cable", 2);
    for end in [End::Sink, End::Source] {
        cli.create(&cable, end)?;
    }
    for end in [End::Sink, End::Source] {
        let node = instance.wait_ports(&cable.node(end))?;
        cli.destroy(node.id)?;
    }
    instance.wait_gone(&cable.node(End::Sink))?;
    instance.wait_gone(&cable.node(End::Source))
}
