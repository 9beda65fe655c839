//! Opens a page in a browser, on a machine with a person in front of it.

use std::env;
use std::ffi::OsString;
use std::io::{IsTerminal as _, stdout};
use std::process::{Command, Stdio};

/// Opens the page, if this looks like a person's own machine: standard output is a terminal, no `CI` is set, and there is
/// a display. Says whether a browser was asked to.
pub(crate) fn open(url: &str) -> bool {
    if !stdout().is_terminal() {
        return false;
    }
    let Some((program, arguments)) = opener(env::consts::OS, |name| env::var_os(name)) else { return false };
    let mut command = Command::new(program);
    command.args(arguments).arg(url).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.spawn().is_ok()
}

/// The program that opens a URL on this system; `None` where no browser should be opened.
fn opener(
    system: &str,
    variable: impl Fn(&str) -> Option<OsString>,
) -> Option<(&'static str, &'static [&'static str])> {
    let is_set = |name| variable(name).is_some_and(|value| !value.is_empty());
    if is_set("CI") {
        return None;
    }
    match system {
        "macos" => Some(("open", &[])),
        "windows" => Some(("rundll32", &["url.dll,FileProtocolHandler"])),
        _ if is_set("DISPLAY") || is_set("WAYLAND_DISPLAY") => Some(("xdg-open", &[])),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn program(system: &str, set: &[&str]) -> Option<&'static str> {
        opener(system, |name| set.contains(&name).then(|| "1".into())).map(|(program, _)| program)
    }

    #[test]
    fn a_browser_is_opened_where_there_is_a_display_and_a_person() {
        assert_eq!(program("linux", &["DISPLAY"]), Some("xdg-open"));
        assert_eq!(program("freebsd", &["WAYLAND_DISPLAY"]), Some("xdg-open"));
        assert_eq!(program("macos", &[]), Some("open"));
        assert_eq!(program("windows", &[]), Some("rundll32"));
        assert_eq!(program("linux", &[]), None);
        for system in ["linux", "macos", "windows"] {
            assert_eq!(program(system, &["DISPLAY", "CI"]), None, "{system}");
        }
        assert_eq!(opener("linux", |name| (name == "DISPLAY").then(OsString::new)), None);
    }
}
