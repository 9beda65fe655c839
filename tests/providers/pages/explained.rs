//! What `bearward explain` prints for the tokens that are sent by mistake.

use std::collections::BTreeSet;
use std::fmt::{self, Write as _};
use std::io::Write as _;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::files::{Provider, Wrong};
use crate::internet::Internet;
use crate::keys::Keys;

pub(super) async fn section(part: &mut String, file: &Provider) -> fmt::Result {
    let keys = Keys::new(&file.keys);
    let internet = Internet::start(file, &keys).await;
    let preset = file.provider.as_ref().expect("a page has a preset");
    let sent = file.sent_in.as_ref().map_or_else(String::new, |header| format!("{header}: "));
    writeln!(part, "`bearward explain` says which check refuses a token, and why:\n")?;
    writeln!(part, "```console\n$ echo \"{sent}$TOKEN\" | bearward explain --provider '{preset}'\n```\n")?;
    let mut hints = BTreeSet::new();
    let (mut told, mut others) = (Vec::new(), Vec::new());
    for wrong in &file.refused {
        let code = wrong.hint.as_ref().map(|hint| hint.code.as_str());
        // What is printed of times changes with each run.
        match code.is_some_and(|code| code != "milliseconds" && hints.insert(code)) {
            true => told.push(wrong),
            false => others.push(wrong),
        }
    }
    for wrong in told {
        let input = format!("{sent}{}", file.token(&keys, Some(&wrong.token)));
        let (preset, proxy) = (preset.clone(), internet.environment());
        let printed = tokio::task::spawn_blocking(move || explain(&preset, &proxy, &input)).await.unwrap();
        writeln!(part, "### {}\n\n```text\n{}\n```\n", sentence(&wrong.name), refusal(&printed))?;
    }
    writeln!(part, "Also refused:\n\n| token | code |\n|---|---|")?;
    for Wrong { name, code, .. } in others {
        writeln!(part, "| {name} | [`{code}`](../errors.md) |")?;
    }
    Ok(())
}

/// What the command prints for this on its standard input.
fn explain(preset: &Value, environment: &[(&str, String)], input: &str) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_bearward-program"));
    command.args(["explain", "--provider", &preset.to_string()]);
    command.env_remove("CLIENT_SECRET").env_remove("NO_PROXY").env_remove("no_proxy");
    command.envs(environment.iter().map(|(name, value)| (name, value)));
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "a refused token: {complaint}");
    String::from_utf8(output.stdout).unwrap()
}

/// The failed check, the hints and the verdict; the checks that passed are the same everywhere.
fn refusal(printed: &str) -> String {
    let failed =
        printed.lines().find(|line| line.starts_with("FAILED")).unwrap_or_else(|| panic!("{printed}"));
    let (_, rest) = printed.split_once("\nHINT").unwrap_or_else(|| panic!("no hint: {printed}"));
    let verdict = rest.lines().take_while(|line| !line.contains(" answers "));
    format!("{failed}\n\nHINT{}", verdict.collect::<Vec<_>>().join("\n").trim_end())
}

fn sentence(name: &str) -> String {
    let mut letters = name.chars();
    letters
        .next()
        .map_or_else(String::new, |first| first.to_uppercase().collect::<String>() + letters.as_str())
}
