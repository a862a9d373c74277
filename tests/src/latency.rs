//! The latency that a port tells the graph, read with `pw-dump`.

use anyhow::{Context as _, Result};
use serde_json::Value;

use crate::instance::Instance;

/// Which of a port's two latencies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// Until what leaves the port now will be heard: of ports that take sound in.
    Ahead,
    /// Since what comes out of the port now was played: of ports that give sound out.
    Behind,
}

/// The least and the most of a latency, each a sum.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Told {
    /// In cycles of the port's group.
    pub quanta: [f64; 2],
    /// In frames of the graph's rate.
    pub rate_frames: [f64; 2],
    /// In ns.
    pub nsec: [f64; 2],
}

impl Told {
    /// All of it in frames, for a group with cycles of `quantum` frames at `rate` Hz.
    pub fn frames(&self, quantum: u32, rate: u32) -> [f64; 2] {
        let sum = |((quanta, frames), nsec): ((f64, f64), f64)| {
            quanta * f64::from(quantum) + frames + nsec * f64::from(rate) / 1e9
        };
        let [least, most] = [0, 1].map(|at| ((self.quanta[at], self.rate_frames[at]), self.nsec[at]));
        [sum(least), sum(most)]
    }
}

impl Instance {
    /// What this port (`node:port`) tells; zero before it was told anything.
    ///
    /// # Errors
    /// There is no such port, or the daemon does not answer.
    pub fn told_latency(&self, port: &str, way: Way) -> Result<Told> {
        let (node, port_name) = port.split_once(':').context("node:port")?;
        let node = self.node(node)?.with_context(|| format!("no node of {port}"))?;
        let is_it = |object: &&Value| {
            let properties = &object["info"]["props"];
            properties["node.id"].as_u64() == Some(node.id.into())
                && properties["port.name"].as_str() == Some(port_name)
        };
        let objects = self.dump()?;
        let found = objects.iter().find(is_it).with_context(|| format!("no port {port}"))?;
        let direction = match way {
            Way::Ahead => "Input",
            Way::Behind => "Output",
        };
        let latencies = found["info"]["params"]["Latency"].as_array();
        let told = latencies.and_then(|all| all.iter().find(|one| one["direction"] == direction));
        let pair = |min: &str, max: &str| {
            [min, max].map(|key| told.and_then(|told| told[key].as_f64()).unwrap_or_default())
        };
        Ok(Told {
            quanta: pair("minQuantum", "maxQuantum"),
            rate_frames: pair("minRate", "maxRate"),
            nsec: pair("minNs", "maxNs"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quanta_frames_and_time_add_up() {
        let told = Told { quanta: [1.0, 2.0], rate_frames: [3.0, 3.0], nsec: [0.0, 2_000_000.0] };
        let [least, most] = told.frames(256, 48_000);
        assert!((least - 259.0).abs() < 1e-9 && (most - 611.0).abs() < 1e-9, "{least} to {most}");
    }
}
