//! One line of the table: a resampler, and what was measured of it.

use anyhow::{Context, Result};
use vcable_core::resample::{Quality, Step};

use crate::engine::{Engine, Own, Puller};
use crate::peer::{PEERS, Peer};
use crate::quality::{MEASURED_FRAMES, SETTLE_FRAMES, spur_db, test_tone, thd_n_and_gain_db};
use crate::spa::Spa;

/// Two rates in Hz, and a factor by which the step is off their ratio.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rates {
    pub(crate) input_hz: u32,
    pub(crate) output_hz: u32,
    pub(crate) factor: f64,
}

/// Two clocks of 48 kHz, the input's 50 ppm faster.
pub(crate) const TWO_CLOCKS: Rates = Rates { input_hz: 48_000, output_hz: 48_000, factor: 1.000_05 };
pub(crate) const UP: Rates = Rates { input_hz: 44_100, output_hz: 48_000, factor: 1.0 };
const DOWN: Rates = Rates { input_hz: 48_000, output_hz: 44_100, factor: 1.0 };

impl Rates {
    pub(crate) fn nominal(self) -> Step {
        Step::from_rates(self.input_hz, self.output_hz).expect("rates within the limits")
    }

    /// Input frames per output frame.
    pub(crate) fn step(self) -> f64 {
        self.nominal().to_f64() * self.factor
    }
}

/// How a line's resampler is made.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Kind {
    Polyphase(Quality),
    Rubato(Quality),
    Peer { number: usize, varies: bool },
    Spa(Spa),
}

impl Kind {
    /// An engine that runs in this process; none for PipeWire's, which is a program of its own.
    fn engine(self, rates: Rates) -> Result<Option<Box<dyn Engine>>> {
        Ok(match self {
            Self::Polyphase(quality) => Some(Box::new(Own::new(false, quality, rates.nominal()))),
            Self::Rubato(quality) => Some(Box::new(Own::new(true, quality, rates.nominal()))),
            Self::Peer { number, .. } => {
                let peer = Peer::new(number, rates.step());
                Some(Box::new(
                    peer.with_context(|| format!("{} does not start at {rates:?}", PEERS[number].0))?,
                ))
            }
            Self::Spa(_) => None,
        })
    }

    /// Something to pull output from, fed with `signal`.
    pub(crate) fn puller(self, rates: Rates, signal: &[f32]) -> Result<Option<Puller>> {
        Ok(self.engine(rates)?.map(|engine| Puller::new(engine, signal)))
    }

    /// Whether the step can be another one in each chunk.
    pub(crate) fn varies(self) -> bool {
        match self {
            Self::Polyphase(_) | Self::Rubato(_) => true,
            Self::Peer { varies, .. } => varies,
            Self::Spa(_) => false,
        }
    }

    /// What a tone becomes, settled, and its cycles per output frame.
    fn tone(self, rates: Rates, hz: f64) -> Result<(Vec<f32>, f64)> {
        let rates = if let Self::Spa(_) = self { Spa::nearest(rates) } else { rates };
        let cycles = hz / f64::from(rates.input_hz);
        let signal = test_tone(cycles, rates.step());
        let samples = match (self.puller(rates, &signal)?, self) {
            (Some(mut puller), _) => puller.record(rates.step(), SETTLE_FRAMES + MEASURED_FRAMES, 256).0,
            (None, Self::Spa(spa)) => spa.convert(rates, &signal)?,
            (None, _) => unreachable!("only PipeWire's has no engine"),
        };
        let settled = samples.get(SETTLE_FRAMES..SETTLE_FRAMES + MEASURED_FRAMES);
        Ok((settled.context("too little came out")?.to_vec(), cycles * rates.step()))
    }
}

/// What was measured. Levels in dB, speeds in multiples of real time.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Figures {
    /// At 1 and 15 kHz, with two clocks.
    pub(crate) thd_n_db: [f64; 2],
    pub(crate) alias_db: f64,
    /// At 20 kHz of 44.1 kHz.
    pub(crate) gain_db: f64,
    pub(crate) delay_frames: Option<f64>,
    /// For each size of chunk, with two clocks.
    pub(crate) varying: [Option<f64>; 3],
    /// For each size of chunk, from 44.1 to 48 kHz.
    pub(crate) fixed: [Option<f64>; 3],
    /// How many times slower than the first line, in each of the above.
    pub(crate) slower: [[Option<f64>; 3]; 2],
}

pub(crate) struct Line {
    pub(crate) name: String,
    pub(crate) kind: Kind,
    pub(crate) figures: Figures,
}

/// All lines; ours, by which the others are judged, is the first.
pub(crate) fn all() -> Vec<Line> {
    let own = [("balanced", Quality::Balanced), ("high", Quality::High), ("fast", Quality::Fast)];
    let polyphase = own.map(|(name, quality)| (format!("polyphase {name}"), Kind::Polyphase(quality)));
    let rubato = own.map(|(name, quality)| (format!("rubato {name}"), Kind::Rubato(quality)));
    let peers = PEERS
        .iter()
        .enumerate()
        .map(|(number, &(name, varies))| (name.to_owned(), Kind::Peer { number, varies }));
    let spa = [4, 8].map(|quality| (format!("PipeWire spa-resample {quality}"), Kind::Spa(Spa { quality })));
    let named = polyphase.into_iter().chain(rubato).chain(peers).chain(spa);
    named.map(|(name, kind)| Line { name, kind, figures: Figures::default() }).collect()
}

impl Line {
    /// Everything but the speed.
    ///
    /// # Errors
    /// When a peer fails.
    pub(crate) fn measure(&mut self) -> Result<()> {
        let kind = self.kind;
        let level = |rates, hz| -> Result<(f64, f64)> {
            let (samples, cycles) = kind.tone(rates, hz)?;
            Ok(thd_n_and_gain_db(&samples, cycles))
        };
        self.figures.thd_n_db = [level(TWO_CLOCKS, 1_000.0)?.0, level(TWO_CLOCKS, 15_000.0)?.0];
        self.figures.gain_db = level(UP, 20_000.0)?.1;
        let up = (1..=22).map(|khz| (UP, f64::from(khz) * 1e3));
        let down = [22_100.0, 22_500.0, 23_000.0, 23_900.0].map(|hz| (DOWN, hz));
        let mut worst = f64::MIN;
        for (rates, hz) in up.chain(down) {
            let (samples, cycles) = kind.tone(rates, hz)?;
            worst = worst.max(spur_db(&samples, cycles));
        }
        self.figures.alias_db = worst;
        self.figures.delay_frames = self.delay_frames()?;
        Ok(())
    }

    /// Input frames that must have come after the one that is heard now, read off an impulse.
    fn delay_frames(&self) -> Result<Option<f64>> {
        const AT: usize = 4_000;
        let mut signal = vec![0f32; 4 * AT];
        signal[AT] = 0.9;
        let Some(mut puller) = self.kind.puller(TWO_CLOCKS, &signal)? else { return Ok(None) };
        let (samples, taken) = puller.record(TWO_CLOCKS.step(), 2 * AT, 64);
        let peak = samples.iter().zip(&taken).max_by(|a, b| a.0.abs().total_cmp(&b.0.abs()));
        Ok(peak.map(|(_, taken)| taken - 1.0 - AT as f64))
    }
}

impl Figures {
    /// The worst of THD+N and aliases, by which engines are compared.
    pub(crate) fn worst_db(&self) -> f64 {
        self.thd_n_db[0].max(self.thd_n_db[1]).max(self.alias_db)
    }
}
