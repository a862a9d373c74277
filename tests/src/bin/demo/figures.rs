//! Everything the demo found out, as it goes into the JSON.

use anyhow::{Context as _, Result};
use serde::Serialize;
use vcable_tests::signal::Sound;

use crate::file::Delivered;
use crate::passing::Passed;
use crate::session::{QUANTUM, Session};
use crate::timing::Timed;
use crate::way::Way;

/// The whole outcome. What stands at the top is the cable's own.
#[derive(Debug, Serialize)]
pub(crate) struct Figures {
    /// PipeWire's version.
    pub(crate) pipewire: String,
    /// The programs that played and recorded.
    pub(crate) clients: Vec<String>,
    /// Frames per second.
    pub(crate) rate: u32,
    /// Samples per frame.
    pub(crate) channels: u32,
    /// The quantum of the comparison, of `wall_latency_us` and of `cpu_percent`, in frames.
    pub(crate) quantum: u32,
    #[serde(flatten)]
    pub(crate) own: OfWay,
    /// The same of the other ways to loop sound back, measured in the same run.
    pub(crate) peers: Vec<OfWay>,
    /// What became of the user's own file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) file: Option<Delivered>,
}

/// What was measured of one way.
#[derive(Debug, Serialize)]
pub(crate) struct OfWay {
    pub(crate) name: &'static str,
    /// Frames held against each other.
    pub(crate) frames: usize,
    /// Frames of these that differ or never arrived.
    pub(crate) mismatches: usize,
    /// How often the sound was sent: again after an interruption.
    pub(crate) attempts: u32,
    /// The largest of all quanta measured.
    pub(crate) added_latency_frames: i64,
    /// Median time from the writer's cycle to the reader's.
    pub(crate) wall_latency_us: f64,
    /// Processor time of the processes that carry the sound, in percent of one core.
    pub(crate) cpu_percent: f64,
    /// Each quantum on its own.
    pub(crate) quanta: Vec<AtQuantum>,
    /// What went wrong in the comparison, in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) remark: Option<String>,
}

/// Figures at one quantum.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct AtQuantum {
    /// In frames.
    pub(crate) quantum: u32,
    /// See [`Timed::added_frames`].
    pub(crate) added_latency_frames: i64,
    /// The same as time at the graph's rate.
    pub(crate) added_latency_us: f64,
    /// See [`Timed::wall_us`].
    pub(crate) wall_latency_us: f64,
    /// See [`Timed::cpu_percent`].
    pub(crate) cpu_percent: f64,
}

impl Figures {
    /// Puts the parts together.
    ///
    /// # Errors
    /// A way is missing from a part.
    pub(crate) fn of(session: &Session, sound: &Sound, passed: &[Passed], timed: &[Timed]) -> Result<Self> {
        let mut ways = Way::ALL.into_iter().map(|way| OfWay::of(way, sound.rate, passed, timed));
        let own = ways.next().context("no way at all")??;
        let instance = &session.instance;
        // Its first line is `pacat 16.1`: all of these are one program.
        let paplay = instance.run("paplay", &["--version"])?;
        let version = paplay.split_whitespace().nth(1).unwrap_or_default();
        Ok(Self {
            pipewire: instance.root().version().to_owned(),
            clients: vec![
                format!("paplay {version}"),
                format!("parec {version}"),
                "vcable-measure (two pw_filters)".to_owned(),
            ],
            rate: sound.rate,
            channels: sound.channels,
            quantum: QUANTUM,
            own,
            peers: ways.collect::<Result<_>>()?,
            file: None,
        })
    }

    /// Whether the cable kept its promise: nothing changed, nothing late.
    pub(crate) fn is_good(&self) -> bool {
        self.own.mismatches == 0 && self.own.quanta.iter().all(|at| at.added_latency_frames == 0)
    }
}

impl OfWay {
    fn of(way: Way, rate: u32, passed: &[Passed], timed: &[Timed]) -> Result<Self> {
        let missing = || format!("nothing was measured of {}", way.name());
        let passed = passed.iter().find(|passed| passed.way == way).with_context(missing)?;
        let own = timed.iter().filter(|timed| timed.way == way);
        let quanta: Vec<_> = own.map(|timed| AtQuantum::of(timed, rate)).collect();
        let usual = *quanta.iter().find(|at| at.quantum == QUANTUM).with_context(missing)?;
        let latencies = quanta.iter().map(|at| at.added_latency_frames);
        Ok(Self {
            name: way.name(),
            frames: passed.frames,
            mismatches: passed.mismatches,
            attempts: passed.attempts,
            // A negative latency would be as wrong as a positive one.
            added_latency_frames: latencies.max_by_key(|frames| frames.abs()).unwrap_or_default(),
            wall_latency_us: usual.wall_latency_us,
            cpu_percent: usual.cpu_percent,
            quanta,
            remark: passed.remark.clone(),
        })
    }
}

impl AtQuantum {
    fn of(timed: &Timed, rate: u32) -> Self {
        Self {
            quantum: timed.quantum,
            added_latency_frames: timed.added_frames,
            added_latency_us: timed.added_frames as f64 * 1e6 / f64::from(rate),
            wall_latency_us: timed.wall_us,
            cpu_percent: timed.cpu_percent,
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::timing::QUANTA;

    fn of_way(name: &'static str, late: i64) -> OfWay {
        let at = |quantum: u32| AtQuantum {
            quantum,
            added_latency_frames: late * i64::from(quantum),
            added_latency_us: 0.0,
            wall_latency_us: 88.0,
            cpu_percent: 1.25,
        };
        OfWay {
            name,
            frames: 480_000,
            mismatches: 0,
            attempts: 1,
            added_latency_frames: late * 1_024,
            wall_latency_us: 88.0,
            cpu_percent: 1.25,
            quanta: QUANTA.map(at).into(),
            remark: None,
        }
    }

    pub(crate) fn example() -> Figures {
        Figures {
            pipewire: "1.4.2".to_owned(),
            clients: vec!["paplay 17.0".to_owned(), "parec 17.0".to_owned()],
            rate: 48_000,
            channels: 2,
            quantum: QUANTUM,
            own: of_way("vcable", 0),
            peers: vec![of_way("null-audio-sink monitor", 1), of_way("pw-loopback", 0)],
            file: None,
        }
    }

    #[test]
    fn the_json_has_the_promised_keys() {
        let json = serde_json::to_value(example()).expect("plain data");
        for key in
            ["pipewire", "frames", "mismatches", "added_latency_frames", "wall_latency_us", "cpu_percent"]
        {
            assert!(!json[key].is_null(), "{key}");
        }
        assert_eq!(json["peers"][0]["added_latency_frames"], 1_024);
    }

    #[test]
    fn one_mismatch_or_one_late_quantum_is_not_good() {
        assert!(example().is_good());
        let mut figures = example();
        figures.own.mismatches = 1;
        assert!(!figures.is_good());
        let mut figures = example();
        figures.own.quanta[2].added_latency_frames = -64;
        assert!(!figures.is_good());
    }

    #[test]
    fn the_worst_quantum_stands_at_the_top() {
        let timed = |quantum, added_frames| Timed {
            way: Way::Vcable,
            quantum,
            added_frames,
            wall_us: f64::from(quantum),
            cpu_percent: 1.0,
        };
        let passed = Passed {
            way: Way::Vcable,
            arrived: crate::passing::noise_to_send(),
            frames: 5,
            mismatches: 0,
            largest_difference: 0.0,
            dropout: false,
            attempts: 1,
            remark: None,
        };
        let own =
            OfWay::of(Way::Vcable, 48_000, &[passed], &[timed(64, -96), timed(1024, 48)]).expect("all there");
        assert_eq!(own.added_latency_frames, -96);
        assert!((own.wall_latency_us - 1_024.0).abs() < 1e-9);
        assert!((own.quanta[1].added_latency_us - 1_000.0).abs() < 1e-9);
    }
}
