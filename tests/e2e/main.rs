//! End-to-end trials: the plugin inside real daemons, with clients that we did not write.
//!
//! Every trial is named `<version>/<area>/<case>` and runs for each root (see `vcable_tests::Root::all`).
//! `VCABLE_PLUGIN` names the plugin, else `target/release/spa/vcable/libspa-vcable.so` is taken.
//! `VCABLE_TEST_ROOTS` adds roots. A root that cannot be used shows its trials as ignored, with the reason.

mod exact;
mod latency;
mod trial;

use libtest_mimic::Arguments;
use vcable_tests::Root;

use trial::Trials;

/// Trials side by side: most of their time is waiting for sound to pass at its own pace.
const THREADS: usize = 4;

fn main() {
    let mut arguments = Arguments::from_args();
    arguments.test_threads.get_or_insert(THREADS);
    let roots = Root::all();
    let mut trials = Trials::new();
    for (name, root) in &roots {
        trials.for_root(name, root.as_ref());
        latency::add(&mut trials);
        exact::add(&mut trials);
    }
    libtest_mimic::run(&arguments, trials.finish()).exit();
}
