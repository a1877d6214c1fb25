//! The phases of a test, in their order.

use tokio::time::Instant;

use super::{
    blocking,
    book::{Book, End, Told},
    report::{FORMAT, Facts, PhaseVerdict, Release, Report, TestVerdict},
    scripts::Script,
    setup::Rollback,
    stage::{Stage, When},
};
use crate::app::error::{AppError, Result};

/// Why a phase does not take place.
const NOT_DEPLOYED: &str = "there was nothing to ask: the deploy had failed";

/// Runs a test to its report.
pub(super) async fn run(stage: Stage, mut book: Book, run: String, facts: Facts) {
    let (began, started_at) = (Instant::now(), stage.agent().clock.now());
    let subject = &stage.subject;
    book.teller().tell(Told::Started {
        run: run.clone(),
        stack: stage.name.clone(),
        recipe: subject.recipe.clone(),
        candidate: subject.candidate.clone(),
        previous: subject.previous.clone(),
    });
    clean_before(&stage, &mut book).await;
    if fresh(&stage, &mut book).await {
        upgrade(&stage, &mut book).await;
    } else {
        book.skip("upgrade", "the candidate does not even run by itself");
    }
    let verdict = if book.stop.is_cancelled() {
        TestVerdict::Interrupted
    } else if book.has_failed() {
        TestVerdict::Failed
    } else {
        TestVerdict::Passed
    };
    let report = Report {
        format: FORMAT,
        run,
        recipe: subject.recipe.clone(),
        source: subject.source.clone(),
        candidate: subject.candidate.clone(),
        previous: subject.previous.clone(),
        facts,
        started_at,
        elapsed_ms: u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX),
        phases: std::mem::take(&mut book.phases),
        verdict,
    };
    let told = kept(&stage, report).await;
    book.teller().tell(told);
}

/// What a crash left is removed first. It says nothing about this recipe.
async fn clean_before(stage: &Stage, book: &mut Book) {
    match stage.agent().clean(false).await {
        Ok(removed) if removed.is_empty() => {}
        Ok(removed) => {
            let text = format!("removed what earlier tests left: {}", removed.join(", "));
            book.always("clean", async { Ok(End::new(PhaseVerdict::Noted, text)) })
                .await;
        }
        Err(error) => {
            let text = format!("what earlier tests left could not be removed: {error}");
            book.always("clean", async { Ok(End::new(PhaseVerdict::Noted, text)) })
                .await;
        }
    }
}

/// The candidate by itself. Gives back whether it runs.
async fn fresh(stage: &Stage, book: &mut Book) -> bool {
    book.phase("lint", stage.lint()).await;
    let candidate = &stage.subject.candidate;
    let runs = book.phase("deploy", stage.deploy(candidate)).await;
    ask_candidate(stage, book, When::Fresh, runs).await;
    book.always("undeploy", stage.undeploy()).await;
    book.always("nothing left", stage.nothing_left()).await;
    runs
}

/// The probes and the recipe's own checks. What comes out of an upgrade has to hold as well as what was deployed anew.
async fn ask_candidate(stage: &Stage, book: &mut Book, when: When, runs: bool) {
    let after = match when {
        When::Upgraded => " after the upgrade",
        _ => "",
    };
    let probe = format!("probe{after}");
    if runs {
        book.phase(&probe, stage.probe()).await;
    } else {
        book.skip(&probe, NOT_DEPLOYED);
    }
    for script in &stage.subject.scripts.checks {
        let name = format!("check {}{after}", script.path);
        if runs {
            book.phase(&name, stage.ask(script, when)).await;
        } else {
            book.skip(&name, NOT_DEPLOYED);
        }
    }
}

/// From the release before to the candidate and back, with data.
async fn upgrade(stage: &Stage, book: &mut Book) {
    let Some(previous) = &stage.subject.previous else {
        book.skip("upgrade", "there is no release before this one");
        return;
    };
    there_and_back(stage, book, previous).await;
    book.always("undeploy after the upgrade", stage.undeploy())
        .await;
    book.always("nothing left after the upgrade", stage.nothing_left())
        .await;
}

async fn there_and_back(stage: &Stage, book: &mut Book, previous: &Release) {
    let scripts = &stage.subject.scripts;
    if !book
        .phase("deploy the release before", stage.deploy(previous))
        .await
    {
        book.skip("upgrade", "the release before it does not run here");
        return;
    }
    let mut data = !scripts.put.is_empty();
    if !data {
        book.skip("put data in", "the recipe has no tests/data-put.sh");
    }
    for script in &scripts.put {
        let name = format!("put data in: {}", script.path);
        data &= book.phase(&name, stage.ask(script, When::Before)).await;
    }
    let candidate = &stage.subject.candidate;
    if !book.phase("upgrade", stage.deploy(candidate)).await {
        return;
    }
    if data {
        find_data(stage, book, When::Upgraded, true).await;
    }
    ask_candidate(stage, book, When::Upgraded, true).await;
    let must = scripts.setup.rollback == Rollback::MustKeepData;
    let name = "deploy the release before again";
    book.phase(name, told_only_unless(must, stage.deploy(previous)))
        .await;
    let back = book.phases.last();
    if data && back.is_some_and(|phase| phase.verdict == PhaseVerdict::Passed) {
        find_data(stage, book, When::RolledBack, must).await;
    }
}

async fn find_data(stage: &Stage, book: &mut Book, when: When, must: bool) {
    let scripts = &stage.subject.scripts;
    let phase = match when {
        When::RolledBack => "find the data again",
        _ => "find the data",
    };
    if scripts.find.is_empty() {
        book.skip(phase, "the recipe has no tests/data-check.sh");
    }
    for script in &scripts.find {
        let name = format!("{phase}: {}", script.path);
        let asked = data_is_there(stage, script, when);
        book.phase(&name, told_only_unless(must, asked)).await;
    }
}

/// Says what a failing check of the data means.
async fn data_is_there(stage: &Stage, script: &Script, when: When) -> Result<End> {
    let mut end = stage.ask(script, when).await?;
    end.text = match end.verdict {
        PhaseVerdict::Passed => "the data is still there".to_owned(),
        _ => format!("the data was not found: {}", end.text),
    };
    Ok(end)
}

/// What fails is only told, unless it must not fail.
async fn told_only_unless(must: bool, work: impl Future<Output = Result<End>>) -> Result<End> {
    let mut end = match work.await {
        Err(error) if !must => End::failed(error.to_string()),
        other => other?,
    };
    if !must && end.verdict == PhaseVerdict::Failed {
        end.verdict = PhaseVerdict::Noted;
    }
    Ok(end)
}

/// Keeps the report under its digest. A store that takes nothing makes no recipe fail.
async fn kept(stage: &Stage, mut report: Report) -> Told {
    let registry = stage.agent().registry.clone();
    let json = report
        .bounded_json()
        .map_err(|source| AppError::Encode { source });
    let put = async {
        let bytes = json?;
        let kept = bytes.clone();
        let put = move || Ok(registry.store().blobs.put(&kept)?);
        let id = blocking("keeping a report", put).await?;
        Ok::<_, AppError>((id.to_string(), bytes))
    };
    let (sha256, json) = put.await.unwrap_or_else(|error| {
        tracing::error!(code = error.code(), "cannot keep a test report: {error}");
        (String::new(), Vec::new())
    });
    Told::Report {
        sha256,
        json,
        report: Box::new(report),
    }
}
