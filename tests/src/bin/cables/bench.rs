//! The turns, and the table.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result};
use vcable_tests::cable::{Cable, End, SPA_LIBS};
use vcable_tests::measure::{Measure, Role, Spread};
use vcable_tests::process::{Output, Process};
use vcable_tests::usage::Stopwatch;
use vcable_tests::{Instance, Root, Scratch};

/// Cables at a time.
const COUNTS: [usize; 3] = [1, 8, 32];

/// In frames.
const QUANTA: [u32; 3] = [64, 256, 1024];

/// Turns of each way.
const TURNS: usize = 3;

/// Of a measurement.
const SPAN: Duration = Duration::from_secs(2);

/// Until clients have settled at another quantum.
const SETTLE: Duration = Duration::from_millis(700);

const RATE: f64 = 48_000.0;

/// The goal: ours costs at most this part of what `pw-loopback` costs.
const BOUND: f64 = 1.0;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Vcable,
    Loopback,
}

impl Way {
    /// The nodes to play to and to record from.
    fn nodes(self, number: usize) -> [String; 2] {
        match self {
            Self::Vcable => [End::Sink, End::Source].map(|end| cable(number).node(end)),
            Self::Loopback => ["sink", "source"].map(|end| format!("loop-{number}.{end}")),
        }
    }
}

fn cable(number: usize) -> Cable {
    Cable::new(&format!("cable-{number}"), 2)
}

/// One way with as many cables at one quantum, in one turn.
struct Cost {
    /// Of a processor, per second of sound through all of them.
    share: f64,
    /// The sound that was heard, of what should have been.
    heard: f64,
}

/// Measures everything, prints the table, and tells whether the bound holds everywhere.
pub(crate) fn run(plugin: &Path, measure: &Path) -> Result<bool> {
    let (root, scratch) = (Root::host()?, Scratch::new()?);
    println!("PipeWire {}: processor time of daemon and pw-loopbacks, in % of one processor", root.version());
    println!("cables quantum    vcable   pw-loopback   ratio   sound heard, of all");
    let mut is_good = true;
    for count in COUNTS {
        is_good &= with_count(&root, &scratch, count, plugin, measure)?;
    }
    Ok(is_good)
}

fn with_count(root: &Root, scratch: &Scratch, count: usize, plugin: &Path, measure: &Path) -> Result<bool> {
    let cables: Vec<_> = (0..count).map(cable).collect();
    let builder = Instance::builder(root).plugin(plugin).drop_in("50-libs.conf", SPA_LIBS);
    let instance = builder.drop_in("51-cables.conf", &Cable::drop_in(&cables)).start(scratch)?;
    let loopbacks = (0..count).map(|number| loopback(&instance, number)).collect::<Result<Vec<_>>>()?;
    let mut clients = (0..count)
        .map(|number| Measure::start(&instance, measure, &format!("client-{number}")))
        .collect::<Result<Vec<_>>>()?;
    let mut costs: Vec<_> = QUANTA.iter().map(|_| [Vec::new(), Vec::new()]).collect();
    for turn in 0..TURNS {
        for (index, way) in [Way::Vcable, Way::Loopback].into_iter().enumerate() {
            eprintln!("{count} cables, turn {} of {TURNS}: {way:?} ...", turn + 1);
            connect(&instance, &mut clients, way)?;
            let mut processes = vec![instance.daemon_id()];
            if way == Way::Loopback {
                processes.extend(loopbacks.iter().map(Process::id));
            }
            for (quantum, costs) in QUANTA.into_iter().zip(&mut costs) {
                instance.force_quantum(quantum)?;
                std::thread::sleep(SETTLE);
                costs[index].push(cost(&mut clients, &processes)?);
            }
            for client in &mut clients {
                client.disable(Role::Writer)?;
                client.disable(Role::Reader)?;
            }
        }
    }
    let mut all_hold = true;
    for (quantum, costs) in QUANTA.into_iter().zip(&costs) {
        all_hold &= print_row(count, quantum, costs);
    }
    Ok(all_hold)
}

fn loopback(instance: &Instance, number: usize) -> Result<Process> {
    let [sink, source] = Way::Loopback.nodes(number);
    let device = |side: &str, class: &str, node: &str| {
        format!(
            "--{side}-props={{ media.class = Audio/{class} node.name = {node} audio.position = [ FL FR ] }}"
        )
    };
    let words = [device("capture", "Sink", &sink), device("playback", "Source", &source)];
    let name = format!("--name=loop-{number}");
    instance.spawn("pw-loopback", &[&name, &words[0], &words[1]], Output::Log)
}

/// Gives every cable of a way its player and its recorder, and waits until all of them hear something.
fn connect(instance: &Instance, clients: &mut [Measure], way: Way) -> Result<()> {
    instance.force_quantum(1024)?;
    for (number, client) in clients.iter_mut().enumerate() {
        let [sink, source] = way.nodes(number);
        client.enable(Role::Writer, None)?;
        client.enable(Role::Reader, None)?;
        instance.link(&client.port(Role::Writer), &format!("{sink}:playback_FL"))?;
        instance.link(&format!("{source}:capture_FL"), &client.port(Role::Reader))?;
    }
    for client in clients {
        client
            .wait(|report| report.decoded_frames > 0)
            .with_context(|| format!("{way:?} carries nothing"))?;
    }
    Ok(())
}

fn cost(clients: &mut [Measure], processes: &[u32]) -> Result<Cost> {
    let heard = |clients: &mut [Measure]| -> Result<u64> {
        clients.iter_mut().map(|client| Ok(client.report()?.decoded_frames)).sum()
    };
    let before = heard(clients)?;
    let watch = Stopwatch::start(processes.to_vec())?;
    std::thread::sleep(SPAN);
    let (used, elapsed) = watch.stop()?;
    let frames = (heard(clients)? - before) as f64 / clients.len() as f64;
    let seconds = (frames / RATE).max(f64::MIN_POSITIVE);
    Ok(Cost { share: used.as_secs_f64() / seconds, heard: seconds / elapsed.as_secs_f64() })
}

fn print_row(count: usize, quantum: u32, costs: &[Vec<Cost>; 2]) -> bool {
    let median = |costs: &[Cost], value: fn(&Cost) -> f64| {
        Spread::of(&mut costs.iter().map(value).collect::<Vec<_>>()).median
    };
    let [ours, theirs] = costs.each_ref().map(|costs| median(costs, |cost| cost.share));
    let [ours_heard, theirs_heard] = costs.each_ref().map(|costs| median(costs, |cost| cost.heard));
    let ratio = ours / theirs;
    let verdict = if ratio <= BOUND { "" } else { "  more than pw-loopback" };
    println!(
        "{count:>6} {quantum:>7} {:>8.2} % {:>11.2} % {ratio:>7.2}   {:.0} % {:.0} %{verdict}",
        100.0 * ours,
        100.0 * theirs,
        100.0 * ours_heard,
        100.0 * theirs_heard
    );
    ratio <= BOUND
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_judged_by_its_medians() {
        let costs = |shares: [f64; 3]| shares.map(|share| Cost { share, heard: 1.0 }).into();
        assert!(print_row(1, 64, &[costs([0.1, 9.0, 0.1]), costs([0.2, 0.2, 0.01])]));
        assert!(!print_row(1, 64, &[costs([0.3, 0.3, 0.3]), costs([0.2, 0.2, 0.2])]));
    }
}
