//! How a trial runs: with its own folder, repeated after a dropout, alone when it measures time.

use std::path::{Path, PathBuf};
use std::sync::{PoisonError, RwLock};
use std::time::Instant;

use anyhow::{Result, anyhow};
use libtest_mimic::{Failed, Trial};
use vcable_tests::cable::{Cable, SPA_LIBS};
use vcable_tests::clock::{self, TestClock};
use vcable_tests::instance::Builder;
use vcable_tests::{Instance, Root, Scratch, sanitizer};

use crate::seat::Seat;

/// Wide trials hold it for reading, those that measure wall time for writing.
static TURN: RwLock<()> = RwLock::new(());

/// How often a trial is tried when all that is wrong is a [`Dropout`]. The last attempt must be exact. A
/// virtual machine now and then stops for longer than a short cycle lasts.
const ATTEMPTS: u32 = 3;

/// How many seconds a trial that can be long lasts: `usual`, or what `VCABLE_TEST_SECONDS` says.
pub(crate) fn seconds(usual: u64) -> u64 {
    std::env::var("VCABLE_TEST_SECONDS").ok().and_then(|text| text.parse().ok()).unwrap_or(usual)
}

/// Does it again after a [`Dropout`], as often as a trial is repeated: for one of many rounds of a trial.
pub(crate) fn repeated<T>(mut round: impl FnMut() -> Result<T>) -> Result<T> {
    let mut attempt = 1;
    loop {
        match round() {
            Err(error) if attempt < ATTEMPTS && error.downcast_ref::<Dropout>().is_some() => {
                eprintln!("REPEATED after attempt {attempt}: {error:#}");
                attempt += 1;
            }
            outcome => return outcome,
        }
    }
}

/// A sound that was interrupted and then went on exactly. On a loaded machine a *client* that was late in its
/// cycle is heard like this, so the trial is repeated, and says so.
#[derive(Debug)]
pub(crate) struct Dropout(pub(crate) String);

impl std::fmt::Display for Dropout {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(&self.0)
    }
}

impl std::error::Error for Dropout {}

/// What a trial works with.
pub(crate) struct Context {
    pub(crate) root: Root,
    pub(crate) plugin: PathBuf,
    pub(crate) scratch: Scratch,
    name: String,
}

impl Context {
    /// An instance in which the plugin can be found.
    pub(crate) fn builder(&self) -> Builder {
        let builder = Instance::builder(&self.root).plugin(&self.plugin).drop_in("50-libs.conf", SPA_LIBS);
        match sanitizer_runtime() {
            Some(runtime) => builder.sanitizer(&runtime),
            None => builder,
        }
    }

    /// The same with cables in its settings.
    pub(crate) fn with_cables(&self, cables: &[Cable]) -> Builder {
        self.builder().drop_in("51-cables.conf", &Cable::drop_in(cables))
    }

    /// The same with cables and test clocks.
    pub(crate) fn with_clocks(&self, cables: &[Cable], clocks: &[TestClock]) -> Builder {
        let builder = self.with_cables(cables).test_clock(&test_clock());
        builder
            .drop_in("52-clock-libs.conf", clock::SPA_LIBS)
            .drop_in("53-clocks.conf", &TestClock::drop_in(clocks))
    }

    /// The measuring client.
    pub(crate) fn measure_program() -> &'static Path {
        Path::new(env!("CARGO_BIN_EXE_vcable-measure"))
    }

    /// The JACK client.
    pub(crate) fn jack_program() -> &'static Path {
        Path::new(env!("CARGO_BIN_EXE_vcable-jack"))
    }

    /// Prints a figure under the trial's name.
    pub(crate) fn note(&self, text: &str) {
        eprintln!("  {}: {text}", self.name);
    }
}

/// The runtime of `AddressSanitizer`, when the plugin is built for it.
pub(crate) fn sanitizer_runtime() -> Option<PathBuf> {
    std::env::var_os("VCABLE_SANITIZER").map(PathBuf::from)
}

/// Where the test clock's plugin lies.
fn test_clock() -> PathBuf {
    let built = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/release/libspa_vcable_test_clock.so");
    std::env::var_os("VCABLE_TEST_CLOCK").map_or(built, PathBuf::from)
}

type Body = fn(&Context) -> Result<()>;

/// Collects the trials of all roots.
pub(crate) struct Trials {
    root: std::result::Result<Root, String>,
    prefix: String,
    plugin: PathBuf,
    side_by_side: Vec<Trial>,
    alone: Vec<Trial>,
}

impl Trials {
    pub(crate) fn new() -> Self {
        let built =
            Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/release/spa/vcable/libspa-vcable.so");
        let plugin = std::env::var_os("VCABLE_PLUGIN").map_or(built, PathBuf::from);
        Self {
            root: Err("no root".to_owned()),
            prefix: String::new(),
            plugin,
            side_by_side: Vec::new(),
            alone: Vec::new(),
        }
    }

    /// The trials that follow are for this root.
    pub(crate) fn for_root(&mut self, name: &str, root: std::result::Result<&Root, &anyhow::Error>) {
        self.prefix = root.map_or(name.to_owned(), |root| root.version().to_owned());
        self.root = root.cloned().map_err(|error| {
            eprintln!("trials of {name} are skipped: {error:#}");
            format!("{error:#}")
        });
    }

    /// Whether this root's PipeWire is at least that new.
    pub(crate) fn at_least(&self, major: u32, minor: u32, micro: u32) -> bool {
        self.root.as_ref().is_ok_and(|root| root.at_least(major, minor, micro))
    }

    /// A trial that may run beside others.
    pub(crate) fn add(&mut self, case: &str, body: impl Fn(&Context) -> Result<()> + Send + 'static) {
        let trial = self.make(case, false, body);
        self.side_by_side.push(trial);
    }

    /// A trial that measures wall time: it runs at the end and alone.
    pub(crate) fn add_alone(&mut self, case: &str, body: Body) {
        let trial = self.make(case, true, body);
        self.alone.push(trial);
    }

    fn make(&self, case: &str, alone: bool, body: impl Fn(&Context) -> Result<()> + Send + 'static) -> Trial {
        let name = format!("{}/{case}", self.prefix);
        let plugin = self.plugin.clone();
        match self.root.clone() {
            Ok(root) => {
                let title = name.clone();
                Trial::test(title, move || run(&name, &root, &plugin, alone, &body))
            }
            Err(reason) => Trial::test(name, move || Err(reason.into())).with_ignored_flag(true),
        }
    }

    /// All of them, those that run alone last.
    pub(crate) fn finish(mut self) -> Vec<Trial> {
        self.side_by_side.append(&mut self.alone);
        self.side_by_side
    }
}

fn run(
    name: &str,
    root: &Root,
    plugin: &Path,
    alone: bool,
    body: &dyn Fn(&Context) -> Result<()>,
) -> std::result::Result<(), Failed> {
    let turn = || TURN.read().unwrap_or_else(PoisonError::into_inner);
    let _shared = (!alone).then(turn);
    let _seat = if alone { None } else { Some(Seat::take()?) };
    let _exclusive = alone.then(|| TURN.write().unwrap_or_else(PoisonError::into_inner));
    let mut attempt = 1;
    loop {
        let started = Instant::now();
        let Err(error) = once(name, root, plugin, body) else {
            eprintln!("  {name}: took {:.1} s", started.elapsed().as_secs_f64());
            return Ok(());
        };
        if attempt == ATTEMPTS || error.downcast_ref::<Dropout>().is_none() {
            return Err(format!("attempt {attempt}: {error:#}").into());
        }
        eprintln!("REPEATED after attempt {attempt}: {name}: {error:#}");
        attempt += 1;
    }
}

fn once(name: &str, root: &Root, plugin: &Path, body: &dyn Fn(&Context) -> Result<()>) -> Result<()> {
    anyhow::ensure!(plugin.exists(), "{} is missing: build the plugin first", plugin.display());
    let context = Context {
        root: root.clone(),
        plugin: plugin.to_owned(),
        scratch: Scratch::new()?,
        name: name.to_owned(),
    };
    let guarded = std::panic::AssertUnwindSafe(|| body(&context));
    let outcome = std::panic::catch_unwind(guarded).unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().map(String::as_str);
        Err(anyhow!("{}", text.or(panic.downcast_ref::<&str>().copied()).unwrap_or("panic")))
    });
    // All instances have ended by now.
    let outcome = outcome.and_then(|()| {
        let found = sanitizer::findings(&context.scratch)?;
        anyhow::ensure!(found.is_empty(), "AddressSanitizer: {}", found.join("\n"));
        Ok(())
    });
    outcome.map_err(|error| {
        let kept = context.scratch.keep();
        error.context(format!("logs and sounds are kept in {}", kept.display()))
    })
}
