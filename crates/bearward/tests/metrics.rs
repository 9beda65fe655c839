//! What is counted, read from the page that Prometheus reads, beside what the documentation says of it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::Duration;

use bearward::check::Denial;
use bearward::engine::Route;
use bearward::trust::{ClientAuthentication, Introspection};
use bearward_issuer::{Algorithm, Endpoint, Fault, Issuer, ProtectedResource};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use prometheus_parse::{Sample, Scrape, Value};
use support::{AUDIENCE, TestClock, assert_accepted, introspecting, issuer, present, trusting};

const CANARY: &str = "c4n4ry";

fn prometheus() -> Result<PrometheusHandle, Box<dyn std::error::Error>> {
    let buckets = [0.000_001, 0.000_01, 0.000_1, 0.001, 0.01, 0.1, 1.0, 10.0];
    let page = PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Full("bearward_decision_seconds".to_owned()), &buckets)?
        .install_recorder()?;
    // Without this, the samples of the histogram gather in memory until the page is read.
    let upkeep = page.clone();
    tokio::spawn(async move {
        loop {
            tokio::time::sleep(Duration::from_secs(5)).await;
            upkeep.run_upkeep();
        }
    });
    Ok(page) // `GET /metrics` answers `page.render()`
}

fn read(page: &str) -> Scrape {
    Scrape::parse(page.lines().map(|line| Ok(line.to_owned()))).unwrap()
}

fn count(scrape: &Scrape, metric: &str, labels: &[(&str, &str)]) -> f64 {
    let matches = |sample: &&Sample| {
        sample.metric == metric && labels.iter().all(|(name, value)| sample.labels.get(name) == Some(value))
    };
    let value = |sample: &Sample| match &sample.value {
        Value::Counter(value) | Value::Gauge(value) | Value::Untyped(value) => *value,
        Value::Histogram(buckets) => buckets.last().unwrap().count,
        Value::Summary(_) => panic!("{metric} is a summary"),
    };
    scrape.samples.iter().filter(matches).map(value).sum()
}

/// Requests of each kind, whose tokens say what no label may hold.
async fn requests(page: &PrometheusHandle) -> String {
    let (first, second) = (issuer().await, issuer().await);
    let clock = TestClock::new();
    let api = trusting(&first).clock(clock.reader()).build().unwrap();
    let good = || first.mint().audience(AUDIENCE).subject(CANARY).claim("client_id", CANARY);
    let token = good().sign();
    for case in ["new", "known", "known again"] {
        assert_accepted(present(&api, &token).await, case);
    }
    let mut refused = vec![
        good().audience(format!("https://{CANARY}.example")).sign(),
        good().claim("iss", format!("https://{CANARY}.example")).sign(),
        good().issued_at(0).header("kid", CANARY).sign(),
        second.mint().audience(AUDIENCE).sign(),
        CANARY.to_owned(),
    ];
    refused.push(format!("{token}{CANARY}"));
    for token in &refused {
        present(&api, token).await.unwrap_err();
    }
    let nothing = http::Request::new(());
    api.authenticate(&nothing, Route::open()).await.unwrap_err();

    let let_in = present(&api, &token).await.unwrap();
    let further_in = api.refuse_token(Denial::RoleMissing, &let_in);
    assert_eq!(further_in.issuer().map(|issuer| issuer.identifier()), Some(first.url()));

    let broken = trusting(&second).clock(clock.reader()).build().unwrap();
    second.stage(Endpoint::Jwks, Fault::Status(500));
    present(&broken, &second.mint().audience(AUDIENCE).sign()).await.unwrap_err();

    let own = ProtectedResource::new("api", "secret");
    let third =
        Issuer::builder().algorithms([Algorithm::Es256]).protected_resource(own).start().await.unwrap();
    for secret in ["secret", "another"] {
        let client = ClientAuthentication::secret_basic("api", secret);
        let asking = introspecting(&third, Introspection::new(client)).build().unwrap();
        present(&asking, CANARY).await.unwrap_err();
    }
    let text = page.render();
    let (first, second) = (first.url().to_owned(), second.url().to_owned());
    let scrape = read(&text);
    let decisions = |labels: &[(&str, &str)]| count(&scrape, "bearward_decisions_total", labels);
    assert_eq!(decisions(&[("code", "accepted"), ("issuer", &first), ("cached", "false")]), 1.0, "{text}");
    assert_eq!(decisions(&[("code", "accepted"), ("issuer", &first), ("cached", "true")]), 3.0);
    let further_in = [("code", "role_missing"), ("issuer", &*first), ("cached", "false")];
    assert_eq!(decisions(&further_in), 1.0, "{text}");
    assert_eq!(decisions(&[("code", "audience_mismatch"), ("issuer", &first)]), 1.0);
    assert_eq!(decisions(&[("code", "issuer_unknown"), ("issuer", "unknown")]), 2.0);
    assert_eq!(decisions(&[("code", "credential_missing"), ("issuer", "unknown")]), 1.0);
    assert_eq!(decisions(&[("code", "keys_unavailable")]), 1.0);
    let seconds = |labels: &[(&str, &str)]| count(&scrape, "bearward_decision_seconds", labels);
    assert_eq!(seconds(&[("cached", "true")]), 3.0);
    let fetches = |labels: &[(&str, &str)]| count(&scrape, "bearward_fetches_total", labels);
    assert_eq!(fetches(&[("code", "unexpected_status"), ("issuer", &second)]), 1.0, "{text}");
    assert!(fetches(&[("code", "loaded"), ("issuer", &first)]) >= 1.0);
    for code in ["introspected", "client_refused"] {
        assert_eq!(count(&scrape, "bearward_introspections_total", &[("code", code)]), 1.0, "{text}");
    }
    assert_eq!(count(&scrape, "bearward_waiting_requests", &[]), 0.0, "everybody has gone");
    text
}

fn docs(name: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs").join(name)).unwrap()
}

/// The metrics of the page, with their labels.
fn exported(scrape: &Scrape) -> BTreeMap<String, BTreeSet<String>> {
    let mut exported: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for sample in &scrape.samples {
        let name = sample.metric.trim_end_matches("_sum").trim_end_matches("_count");
        exported
            .entry(name.to_owned())
            .or_default()
            .extend(sample.labels.keys().filter(|label| *label != "le").cloned());
    }
    exported
}

/// The rows `| `name` | type | `label`, ... |` of the page.
fn documented() -> BTreeMap<String, BTreeSet<String>> {
    let page = docs("observability.md");
    let rows = page.lines().filter(|line| line.starts_with("| `bearward_"));
    rows.map(|row| {
        let cells: Vec<_> = row.split('|').map(str::trim).collect();
        let labels = cells[3].split('`').skip(1).step_by(2).map(str::to_owned).collect();
        (cells[1].trim_matches('`').to_owned(), labels)
    })
    .collect()
}

/// The names in an expression that are metrics of Bearward's.
fn metrics_of(expression: &str) -> impl Iterator<Item = &str> {
    let names = expression.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_');
    names.filter(|name| name.starts_with("bearward_"))
}

/// The codes that an expression selects, without those of a pattern.
fn codes_of(expression: &str) -> impl Iterator<Item = &str> {
    let selected = expression.split("code").skip(1).filter_map(|rest| rest.split('"').nth(1));
    selected.flat_map(|codes| codes.split('|')).filter(|code| !code.contains('*') && code.contains('_'))
}

#[tokio::test]
async fn what_is_counted_is_what_the_documentation_says_and_names_nobody() {
    let page = prometheus().unwrap();
    let text = requests(&page).await;
    assert!(!text.contains(CANARY), "{text}");
    let exported = exported(&read(&text));
    assert_eq!(exported, documented(), "docs/observability.md has a row for each metric");

    let dashboard: serde_json::Value = serde_json::from_str(&docs("grafana-dashboard.json")).unwrap();
    let panels = dashboard["panels"].as_array().unwrap();
    let expressions = panels.iter().flat_map(|panel| panel["targets"].as_array().unwrap());
    let expressions: Vec<_> = expressions.map(|target| target["expr"].as_str().unwrap().to_owned()).collect();
    let alerts = docs("observability.md");
    let alerts = alerts.lines().filter_map(|line| line.trim().strip_prefix("expr: ").map(str::to_owned));
    let alerts: Vec<_> = alerts.collect();
    let known = docs("errors.md") + &docs("observability.md");
    assert!(expressions.len() >= 8 && alerts.len() >= 5, "{expressions:?} {alerts:?}");
    for expression in expressions.iter().chain(&alerts) {
        let mut named = metrics_of(expression).peekable();
        assert!(named.peek().is_some(), "{expression} asks for nothing");
        for name in named {
            let name = name.trim_end_matches("_bucket").trim_end_matches("_count");
            assert!(exported.contains_key(name), "{expression} asks for {name}, which does not exist");
        }
        for code in codes_of(expression) {
            assert!(
                known.contains(&format!("`{code}`")),
                "{expression} asks for {code}, which no page names"
            );
        }
    }
}
