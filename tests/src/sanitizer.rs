//! A daemon under `AddressSanitizer`: how it is started, and what the sanitizer said about our plugins.
//!
//! The daemon itself is not instrumented; the plugin is, and finds the sanitizer's runtime because the daemon was
//! started with it preloaded. The runtime then watches over every allocation of the process, and at its end looks for
//! memory that nothing points to any more. The daemon's own leaks are not ours: only those count that a plugin of
//! ours allocated.

use std::path::Path;

use anyhow::{Context as _, Result};

use crate::scratch::Scratch;

/// How a line of a stack shows that it is of a plugin of this project: by the module's name, or by the function's where
/// there is a symbolizer.
const OURS: [&str; 4] = ["libspa-vcable", "spa_vcable::", "spa_vcable_test_clock::", "vcable_core::"];

/// The beginning of the name of a file with what the sanitizer said; the process id follows.
const REPORT: &str = "sanitizer";

/// The variables that a daemon is started with. `runtime` is preloaded; `logs` is the folder for the reports.
pub(crate) fn variables(runtime: &Path, logs: &Path) -> [String; 3] {
    // Freed memory is kept a while, so that its use is noticed; little of it, for the daemon may run for long.
    let options = format!(
        "detect_leaks=1:quarantine_size_mb=16:malloc_context_size=20:log_path={}",
        logs.join(REPORT).display()
    );
    [
        format!("LD_PRELOAD={}", runtime.display()),
        format!("ASAN_OPTIONS={options}"),
        // Leaks are found at the end, when plugins would be unloaded and nameless.
        "PIPEWIRE_DLCLOSE=false".to_owned(),
    ]
}

/// What the sanitizer found in all instances of a scratch folder that were started under it and have ended.
///
/// # Errors
/// A report cannot be read.
pub fn findings(scratch: &Scratch) -> Result<Vec<String>> {
    let mut found = Vec::new();
    for instance in std::fs::read_dir(scratch.path())? {
        let Ok(logs) = std::fs::read_dir(instance?.path().join("log")) else { continue };
        for log in logs {
            let path = log?.path();
            let is_report = path
                .file_name()
                .is_some_and(|name| name.to_string_lossy().starts_with(&format!("{REPORT}.")));
            if is_report {
                let text = std::fs::read(&path).with_context(|| path.display().to_string())?;
                found.extend(ours(&String::from_utf8_lossy(&text)));
            }
        }
    }
    Ok(found)
}

/// The parts of a report that concern us: every error, and leaks of memory that our plugins allocated.
fn ours(report: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut is_of_leaks = false;
    for part in report.split("\n\n").filter(|part| !part.trim().is_empty()) {
        is_of_leaks |= part.contains("ERROR: LeakSanitizer");
        let is_error = part.contains("ERROR: AddressSanitizer");
        let is_leak =
            is_of_leaks && part.contains(" leak of ") && OURS.iter().any(|name| part.contains(name));
        if is_error || is_leak {
            found.push(part.trim().to_owned());
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    const LEAKS: &str = "
=================================================================
==7==ERROR: LeakSanitizer: detected memory leaks

Direct leak of 72 byte(s) in 1 object(s) allocated from:
    #0 0x1 in malloc (/tmp/x/spa/vcable/sanitizer.so+0x1)
    #1 0x2 in load (/usr/lib/libpipewire-0.3.so.0+0x2)

Indirect leak of 5 byte(s) in 1 object(s) allocated from:
    #0 0x1 in malloc (/tmp/x/spa/vcable/sanitizer.so+0x1)
    #1 0x2  (/tmp/x/spa/vcable/libspa-vcable.so+0x2)

SUMMARY: AddressSanitizer: 77 byte(s) leaked in 2 allocation(s).
";

    #[test]
    fn only_our_own_leaks_count() {
        let found = ours(LEAKS);
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].starts_with("Indirect leak of 5 byte(s)"), "{found:?}");
        let named =
            LEAKS.replace(" (/usr/lib/libpipewire-0.3.so.0+0x2)", " <spa_vcable::node::Node>::new node.rs:5");
        assert_eq!(ours(&named).len(), 2);
    }

    #[test]
    fn every_error_counts() {
        let report =
            "=====\n==7==ERROR: AddressSanitizer: SEGV on unknown address\n    #0 0x1 (/usr/bin/pipewire)\n";
        assert_eq!(ours(report).len(), 1);
        assert!(ours("").is_empty());
    }

    #[test]
    fn reports_are_found_in_the_folders_of_instances() {
        let scratch = Scratch::new().expect("folder");
        let logs = scratch.folder("host").expect("folder").join("log");
        std::fs::create_dir(&logs).expect("folder");
        std::fs::write(logs.join("000-pipewire.log"), LEAKS).expect("written");
        assert!(findings(&scratch).expect("read").is_empty());
        std::fs::write(logs.join("sanitizer.77"), LEAKS).expect("written");
        assert_eq!(findings(&scratch).expect("read").len(), 1);
    }
}
