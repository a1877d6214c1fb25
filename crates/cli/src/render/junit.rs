//! The phases of a recipe's test as JUnit XML, for continuous integration.

use std::time::Duration;

use allot_proto::agent::TestPhase;
use quick_junit::{NonSuccessKind, Report, SerializeError, TestCase, TestCaseStatus, TestSuite};

/// Name of the whole report.
const NAME: &str = "allot recipe test";

/// One suite with a case for each phase. What is only noted is a case that passed; its words stand in its output.
///
/// # Errors
/// XML cannot be written.
pub fn junit(suite: &str, phases: &[TestPhase]) -> Result<String, SerializeError> {
    let mut cases = TestSuite::new(suite);
    cases.set_time(time(phases.iter().map(|phase| phase.elapsed_ms).sum()));
    cases.add_test_cases(phases.iter().map(|phase| case(suite, phase)));
    let mut report = Report::new(NAME);
    report.add_test_suite(cases);
    report.to_string()
}

fn case(suite: &str, phase: &TestPhase) -> TestCase {
    let mut status = match phase.verdict.as_str() {
        "passed" | "noted" => TestCaseStatus::success(),
        "skipped" => TestCaseStatus::skipped(),
        _ => TestCaseStatus::non_success(NonSuccessKind::Failure),
    };
    status.set_message(phase.text.as_str());
    let mut case = TestCase::new(phase.name.as_str(), status);
    case.set_classname(suite).set_time(time(phase.elapsed_ms));
    let mut output = phase.log.join("\n");
    if phase.verdict == "noted" {
        output = format!("{}\n{output}", phase.text);
    }
    if !output.trim().is_empty() {
        case.set_system_out(output);
    }
    case
}

fn time(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn phase(name: &str, verdict: &str, text: &str, log: &[&str]) -> TestPhase {
        TestPhase {
            name: name.to_owned(),
            verdict: verdict.to_owned(),
            elapsed_ms: 1500,
            text: text.to_owned(),
            log: log.iter().map(|line| (*line).to_owned()).collect(),
        }
    }

    #[test]
    fn each_phase_is_a_case_and_nothing_breaks_out_of_the_xml() {
        let phases = [
            phase("deploy", "passed", "all 2 services run and held", &[]),
            phase("probe", "skipped", "no probe", &[]),
            phase(
                "find the data",
                "failed",
                "the data was not found",
                &["]]></system-out><script>", "\u{1b}[31mred & <bold>"],
            ),
            phase("find the data again", "noted", "not found", &[]),
        ];
        insta::assert_snapshot!(junit("guestbook 1.2.0+1.2.0", &phases).unwrap());
    }
}
