//! Each memory ordering that the core stands on is weakened in turn, and a model must notice.
//!
//! The models run in a process of their own, this same program with `VCABLE_WEAKEN` set. What they print looks like
//! failed tests, so it goes to a file in cargo's folder for such things.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Command, Output};

/// Makes one test for each weakening, with the model that must notice it among those of its module.
macro_rules! weakenings {
    ($($name:ident => $model:literal;)*) => {
        $(
            #[test]
            fn $name() {
                must_be_noticed(stringify!($name), $model);
            }
        )*

        #[test]
        fn all_that_there_are_are_tried() {
            let tried = BTreeSet::from([$(stringify!($name)),*]);
            assert_eq!(tried, vcable_core::WEAKENINGS.iter().copied().collect());
        }
    };
}

weakenings! {
    publish => "ring::frames_cross_intact";
    publish_seen => "ring::frames_cross_intact";
    consume => "ring::frames_cross_intact";
    consume_seen => "ring::frames_cross_intact";
    clock_store => "clock::a_reader_never_sees_words_of_two_ticks";
    clock_load => "clock::a_reader_never_sees_words_of_two_ticks";
    clock_close => "clock::a_reader_never_sees_words_of_two_ticks";
    clock_look => "clock::a_reader_never_sees_words_of_two_ticks";
}

/// Runs the models of a module with one ordering weakened.
fn models(module: &str, weakening: &str) -> Output {
    let output = Command::new(std::env::current_exe().expect("this program has a path"))
        .args([module, "--test-threads=1"])
        .env("VCABLE_WEAKEN", weakening)
        .output()
        .expect("this program runs");
    let log = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("weakened-{weakening}.log"));
    std::fs::write(log, [&output.stdout[..], &output.stderr[..]].concat()).expect("room for a log");
    output
}

/// What the test runner says of each test, `ok` or `FAILED`.
fn with_result<'a>(output: &'a str, result: &str) -> Vec<&'a str> {
    let named = |line: &'a str| line.strip_prefix("test ")?.strip_suffix(result)?.strip_suffix(" ... ");
    output.lines().filter_map(named).collect()
}

fn must_be_noticed(weakening: &str, model: &str) {
    let (module, _) = model.split_once("::").expect("a model's path");
    let output = models(&format!("{module}::"), weakening);
    let text = String::from_utf8_lossy(&output.stdout);
    let noticed = with_result(&text, "FAILED");
    assert!(
        !output.status.success() && noticed.contains(&model),
        "{weakening}: {} failed only {noticed:?}",
        output.status
    );
    // Straight to the stream: the runner keeps what passing tests print to itself.
    let line = format!("weakened {weakening}: noticed by {}\n", noticed.join(", "));
    std::io::Write::write_all(&mut std::io::stderr(), line.as_bytes()).expect("standard error is there");
}

#[test]
fn an_unknown_name_runs_no_model() {
    let output = models("ring::", "nonsense");
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(!output.status.success());
    assert!(!text.contains("test result:") && with_result(&text, "FAILED").is_empty(), "{text}");
    assert!(String::from_utf8_lossy(&output.stderr).contains("nonsense: not among"));
}
