//! Counting tests from what test runners print.

use std::ops::AddAssign;

/// How many tests passed, failed and were left out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    /// Tests that ran and passed.
    pub(crate) passed: u64,
    /// Tests that ran and failed.
    pub(crate) failed: u64,
    /// Tests that were marked to be left out.
    pub(crate) ignored: u64,
}

impl Tally {
    /// One check that is no test runner's: a linter, a build.
    pub(crate) fn check(passed: bool) -> Self {
        Self { passed: passed.into(), failed: (!passed).into(), ignored: 0 }
    }

    /// The sum of all `test result:` lines in a runner's output.
    ///
    /// libtest, rustdoc and libtest-mimic all print
    /// `test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.01s`.
    pub(crate) fn of_output(output: &str) -> Self {
        let mut sum = Self::default();
        for line in output.lines() {
            if let Some((_, result)) = line.split_once("test result: ") {
                sum += Self::of_result(result);
            }
        }
        sum
    }

    fn of_result(result: &str) -> Self {
        let mut tally = Self::default();
        let (_, counts) = result.split_once(". ").unwrap_or_default();
        for count in counts.split(';') {
            match count.trim().split_once(' ').map(|(n, what)| (n.parse(), what)) {
                Some((Ok(n), "passed")) => tally.passed = n,
                Some((Ok(n), "failed")) => tally.failed = n,
                Some((Ok(n), "ignored")) => tally.ignored = n,
                _ => {}
            }
        }
        tally
    }

    /// How many tests ran.
    pub(crate) fn ran(self) -> u64 {
        self.passed + self.failed
    }
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.ignored += other.ignored;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_of_all_runners_are_summed() {
        let output = "\
running 2 tests
test a ... ok
test result: ok. 2 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s

   Doc-tests vcable_core
test result: ok. 5 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.31s
test result: FAILED. 40 passed; 3 failed; 0 ignored; 0 measured; 2 filtered out; finished in 61.20s
";
        assert_eq!(Tally::of_output(output), Tally { passed: 47, failed: 3, ignored: 1 });
        assert_eq!(Tally::of_output(output).ran(), 50);
    }

    #[test]
    fn a_result_that_shares_its_line_still_counts() {
        let output = "[1.4 root] test result: ok. 7 passed; 0 failed; 0 ignored";
        assert_eq!(Tally::of_output(output).passed, 7);
    }

    #[test]
    fn other_output_counts_nothing() {
        for output in
            ["", "3 passed; 4 failed", "test result: what", "test result: ok. many passed; -1 failed"]
        {
            assert_eq!(Tally::of_output(output), Tally::default(), "{output}");
        }
    }

    #[test]
    fn a_check_is_one_test() {
        assert_eq!(Tally::check(true), Tally { passed: 1, failed: 0, ignored: 0 });
        assert_eq!(Tally::check(false), Tally { passed: 0, failed: 1, ignored: 0 });
    }
}
