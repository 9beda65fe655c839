//! The npm packages: the main one and one for the addon of each platform, put together as they are published.

use std::fs;
use std::path::Path;

use serde_json::Value;

use super::glibc;
use crate::command::Command;
use crate::failure::Failure;
use crate::{npm, repository};

const NODE: &str = "bindings/node";
const STAGED: &str = "bindings/node/target/npm";

#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Addons {
    /// That of this machine, which is built first
    Here,
    /// That of every platform, each beside bindings/node/package.json, where the release workflow puts it
    All,
}

/// The platforms that have a package.
pub(super) fn platforms() -> Result<Vec<String>, Failure> {
    let folder = repository::root().join(NODE).join("npm");
    let entries = fs::read_dir(&folder)
        .map_err(|error| Failure::new(format!("cannot list {}: {error}", folder.display())))?;
    let mut names: Vec<_> =
        entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    Ok(names)
}

/// Builds what is missing, puts the packages together, packs them without keeping the result, and looks at each addon.
pub(super) fn problems(addons: Addons) -> Vec<String> {
    match staged(addons) {
        Ok(packages) => packages.iter().flat_map(|package| of_package(package, addons)).collect(),
        Err(failure) => vec![failure.to_string()],
    }
}

/// The names of the packages that were put together.
fn staged(addons: Addons) -> Result<Vec<String>, Failure> {
    npm::install(NODE)?;
    let arguments: &[&str] = match addons {
        Addons::Here => {
            npm::script(NODE, "build")?;
            &["--here"]
        }
        Addons::All => {
            npm::script(NODE, "build:js")?;
            &[]
        }
    };
    Command::new("node", "node", "install Node.js 20 or later")
        .in_directory(NODE)
        .arg("scripts/prepublish.mjs")
        .args(arguments)
        .run()?;
    let entries = fs::read_dir(repository::root().join(STAGED));
    let entries = entries.map_err(|error| Failure::new(format!("cannot list {STAGED}: {error}")))?;
    let mut names: Vec<_> =
        entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    Ok(names)
}

fn of_package(name: &str, addons: Addons) -> Vec<String> {
    let folder = format!("{STAGED}/{name}");
    let packed = npm::output(&folder, &["pack", "--dry-run", "--json"]);
    let files = packed.map_err(|failure| failure.to_string()).and_then(|printed| files(&printed));
    match files {
        Ok(files) => {
            println!("{name}: {} files", files.len());
            judge(&repository::root().join(folder), name, &files, addons)
        }
        Err(why) => vec![format!("{name}: {why}")],
    }
}

/// The files of a package, as `npm pack --json` lists them.
fn files(printed: &[u8]) -> Result<Vec<String>, String> {
    let listed: Value =
        serde_json::from_slice(printed).map_err(|error| format!("cannot read npm's list: {error}"))?;
    let files = listed[0]["files"].as_array().ok_or("npm lists no files")?;
    Ok(files.iter().filter_map(|file| file["path"].as_str().map(str::to_owned)).collect())
}

/// What a package lacks or has too much of.
fn judge(folder: &Path, name: &str, files: &[String], addons: Addons) -> Vec<String> {
    let mut problems = Vec::new();
    for file in ["package.json", "LICENSE-MIT", "LICENSE-APACHE"] {
        if !files.iter().any(|packed| packed == file) {
            problems.push(format!("{name}: {file} is missing"));
        }
    }
    let libraries: Vec<_> = files.iter().filter(|file| file.ends_with(".node")).collect();
    match (name.strip_prefix("bearward-"), libraries.as_slice()) {
        (None, []) => {
            if !files.iter().any(|file| file == "README.md") {
                problems.push(format!("{name}: README.md is missing"));
            }
        }
        (None, _) => problems.push(format!("{name}: an addon of one platform is in the package for all")),
        (Some(platform), [addon]) => match fs::read(folder.join(addon)) {
            Ok(library) => {
                problems.extend(of_library(platform, &library, addons).map(|what| format!("{name}: {what}")))
            }
            Err(error) => problems.push(format!("{name}: cannot read {addon}: {error}")),
        },
        (Some(_), _) => problems.push(format!("{name}: it must have one addon and has {}", libraries.len())),
    }
    problems
}

/// Whether an addon is for its platform, and runs where Node.js does.
fn of_library(platform: &str, library: &[u8], addons: Addons) -> Option<String> {
    let format = match library {
        [0x7f, b'E', b'L', b'F', ..] => "linux",
        [0xcf, 0xfa, 0xed, 0xfe, ..] => "darwin",
        [b'M', b'Z', ..] => "win32",
        _ => "no known system",
    };
    if platform.split('-').next() != Some(format) {
        return Some(format!("its addon is for {format}"));
    }
    let least = glibc::least(library);
    let limit = glibc::shown(&glibc::LIMIT);
    match (platform.ends_with("-gnu"), least) {
        (true, Some(least)) => {
            let shown = glibc::shown(&least);
            println!("bearward-{platform} needs glibc {shown} or later");
            // What is built on this machine is for this machine; the release workflow builds with zig.
            let is_later = addons == Addons::All && least.as_slice() > glibc::LIMIT.as_slice();
            is_later.then(|| format!("it needs glibc {shown}, and Node.js runs with {limit}"))
        }
        (true, None) => Some("its addon asks for no glibc".to_owned()),
        (false, Some(_)) if platform.ends_with("-musl") => Some("its addon asks for glibc".to_owned()),
        (false, _) => None,
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{Addons, files, judge, of_library, platforms};

    const ELF: &[u8] = b"\x7fELF\0GLIBC_2.17\0";

    #[test]
    fn every_platform_has_a_package() {
        let platforms = platforms().expect("a folder for each");
        assert_eq!(platforms.len(), 7, "{platforms:?}");
    }

    #[test]
    fn the_files_are_read_from_what_npm_prints() {
        let printed = br#"[{"files":[{"path":"package.json","size":1},{"path":"a.node","size":2}]}]"#;
        assert_eq!(files(printed), Ok(vec!["package.json".to_owned(), "a.node".to_owned()]));
        assert!(files(b"npm error").is_err());
        assert!(files(b"[]").is_err());
    }

    #[test]
    fn an_addon_of_another_system_is_found() {
        assert_eq!(of_library("linux-x64-gnu", ELF, Addons::Here), None);
        assert_eq!(of_library("darwin-arm64", ELF, Addons::Here), Some("its addon is for linux".to_owned()));
        assert_eq!(of_library("win32-x64-msvc", b"MZ\x90\0", Addons::Here), None);
        assert_eq!(
            of_library("linux-x64-gnu", b"", Addons::Here),
            Some("its addon is for no known system".to_owned())
        );
        assert_eq!(
            of_library("linux-x64-musl", ELF, Addons::Here),
            Some("its addon asks for glibc".to_owned())
        );
        assert_eq!(
            of_library("linux-x64-gnu", b"\x7fELF\0", Addons::Here),
            Some("its addon asks for no glibc".to_owned())
        );
    }

    #[test]
    fn an_addon_that_asks_for_a_later_glibc_than_node_is_not_published() {
        let late = b"\x7fELF\0GLIBC_2.34\0";
        assert_eq!(of_library("linux-x64-gnu", late, Addons::Here), None);
        let found = of_library("linux-x64-gnu", late, Addons::All);
        assert_eq!(found, Some("it needs glibc 2.34, and Node.js runs with 2.28".to_owned()));
    }

    #[test]
    fn a_package_without_a_licence_or_with_a_wrong_addon_is_found() {
        let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        let folder = Path::new("no-such-folder");
        let complete = names(&["package.json", "LICENSE-MIT", "LICENSE-APACHE", "README.md"]);
        assert_eq!(judge(folder, "bearward", &complete, Addons::Here), Vec::<String>::new());
        let found =
            judge(folder, "bearward", &names(&["package.json", "LICENSE-MIT", "README.md"]), Addons::Here);
        assert_eq!(found, ["bearward: LICENSE-APACHE is missing"]);
        let found = judge(folder, "bearward", &[complete.clone(), names(&["a.node"])].concat(), Addons::Here);
        assert_eq!(found, ["bearward: an addon of one platform is in the package for all"]);
        let found = judge(folder, "bearward-linux-x64-gnu", &complete, Addons::Here);
        assert_eq!(found, ["bearward-linux-x64-gnu: it must have one addon and has 0"]);
    }
}
