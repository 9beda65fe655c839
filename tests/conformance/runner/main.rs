//! Runs the conformance suite over HTTP: against the demo API in this process, behind each framework for Rust, or against
//! any server that `BEARWARD_CONFORMANCE_URL` names. The README beside this folder describes the files.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod answer;
mod ask;
mod exceptions;
mod frameworks;
mod jws;
mod parties;
mod proof;
mod protocol;
#[path = "../../served.rs"]
mod served;
mod suite;
mod target;
mod text;
mod token;

use exceptions::Exceptions;
use protocol::Protocol;
use target::Target;

#[tokio::test]
async fn every_case_of_the_conformance_suite_holds() {
    for target in Target::all().await {
        every_case_holds(&target).await;
    }
}

async fn every_case_holds(target: &Target) {
    let exceptions = Exceptions::read(target.name());
    let (mut cases, mut problems) = (0, Vec::new());
    let mut strangers_to_the_suite = exceptions.names();
    for theme in suite::themes() {
        if theme.http_alone && target.protocol() == Protocol::Grpc {
            continue;
        }
        // A target without nonces has no such server.
        let Some(url) = target.url(theme.server) else { continue };
        for case in &theme.cases {
            cases += 1;
            let name = format!("{}/{}", theme.file, case.name);
            strangers_to_the_suite.remove(&name);
            let outcome = ask::run(target, url, case).await;
            problems.extend(exceptions.judge(&name, outcome));
        }
    }
    problems.extend(strangers_to_the_suite.into_iter().map(|name| format!("{name}: no such case")));
    let name = target.name();
    assert!(
        problems.is_empty(),
        "{name}: {} of {cases} cases:\n\n{}\n",
        problems.len(),
        problems.join("\n\n")
    );
    assert!(cases > 500, "only {cases} cases were found for {name}");
}
