//! End-to-end trials: the plugin inside real daemons, with clients that we did not write.
//!
//! Every trial is named `<version>/<area>/<case>` and runs for each root (see `vcable_tests::Root::all`).
//! `VCABLE_PLUGIN` names the plugin, else `target/release/spa/vcable/libspa-vcable.so` is taken.
//! `VCABLE_TEST_SECONDS` sets the length of those trials that may be longer. `VCABLE_SANITIZER` names the runtime of
//! `AddressSanitizer`, for a plugin that was built with it.
//! `VCABLE_TEST_CLOCK` names the test clock's, else `target/release/libspa_vcable_test_clock.so`.
//! `VCABLE_TEST_ROOTS` adds roots. A root that cannot be used shows its trials as ignored, with the reason.
//! `VCABLE_TEST_SECONDS` sets the length of those trials that may be longer.

mod beside_loopback;
mod broken;
mod chaos;
mod clocks;
mod crowd;
mod exact;
mod formats;
mod freewheel;
mod graph;
mod killed;
mod latency;
mod lifecycle;
mod live;
mod looks;
mod pace;
mod pulled;
mod quanta;
mod rates;
mod refused;
mod reported;
mod seat;
mod session;
mod shared;
mod steady;
mod trial;

use libtest_mimic::Arguments;
use vcable_tests::Root;

use trial::Trials;

/// Trials side by side: most of their time is waiting for sound to pass at its own pace. More than two would
/// make each other's clients late on two processors.
const THREADS: usize = 2;

/// Longest first, so that the threads end together.
const AREAS: [fn(&mut Trials); 23] = [
    chaos::add,
    clocks::add,
    lifecycle::add,
    graph::add,
    exact::add,
    formats::add,
    killed::add,
    latency::add,
    quanta::add,
    reported::add,
    steady::add,
    pace::add,
    pulled::add,
    rates::add,
    freewheel::add,
    refused::add,
    live::add,
    looks::add,
    session::add,
    shared::add,
    broken::add,
    crowd::add,
    beside_loopback::add,
];

fn main() -> anyhow::Result<()> {
    let mut arguments = Arguments::from_args();
    seat::prepare()?;
    arguments.test_threads.get_or_insert(THREADS);
    let roots = Root::all();
    let mut trials = Trials::new();
    for (name, root) in &roots {
        trials.for_root(name, root.as_ref());
        for add in AREAS {
            add(&mut trials);
        }
    }
    libtest_mimic::run(&arguments, trials.finish()).exit();
}
