//! What CHANGELOG.md says of a version, and the tag that publishes it.

use std::fs;

use super::version;
use crate::command::Command;
use crate::failure::Failure;
use crate::repository;

const UNRELEASED: &str = "Unreleased";

/// What is wrong with the changelog and the tag.
///
/// Before a release, the changes are below `Unreleased` and no tag has the version. The commit that is tagged has
/// them below the version, with the day.
pub(super) fn problems() -> Result<Vec<String>, Failure> {
    let version = version::current()?;
    let tag = format!("v{version}");
    let tagged = commit(&format!("refs/tags/{tag}^{{commit}}"));
    let here = commit("HEAD");
    let state = match tagged {
        None => Tag::Absent,
        Some(tagged) if Some(&tagged) == here.as_ref() => Tag::Here,
        Some(_) => Tag::Elsewhere,
    };
    Ok(judge(&read()?, &version, state))
}

/// The section of this version, or the unreleased changes before it has one.
pub(super) fn notes() -> Result<String, Failure> {
    let (changelog, version) = (read()?, version::current()?);
    let section = section(&changelog, &version).or_else(|| section(&changelog, UNRELEASED));
    let (_, body) = section.ok_or_else(|| Failure::new("CHANGELOG.md has no section for this version"))?;
    Ok(format!("{}\n", body.trim()))
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Tag {
    Absent,
    Here,
    Elsewhere,
}

fn judge(changelog: &str, version: &str, tag: Tag) -> Vec<String> {
    let has_text = |name: &str| section(changelog, name).is_some_and(|(_, body)| !body.trim().is_empty());
    let mut problems = Vec::new();
    if !has_text(version) && (tag == Tag::Here || !has_text(UNRELEASED)) {
        problems.push(format!("CHANGELOG.md says nothing of {version}"));
    }
    if let Some((heading, _)) = section(changelog, version)
        && !heading.ends_with(|c: char| c.is_ascii_digit())
    {
        problems.push(format!("CHANGELOG.md: {version} needs its day: `## [{version}] - YYYY-MM-DD`"));
    }
    match tag {
        Tag::Absent => {}
        Tag::Here if has_text(UNRELEASED) => {
            problems.push(format!("CHANGELOG.md has changes below {UNRELEASED} that belong to {version}"));
        }
        Tag::Here => {}
        Tag::Elsewhere => problems.push(format!("the tag v{version} is another commit: raise the version")),
    }
    problems
}

/// The heading of a section without `## `, and what is below it.
fn section<'a>(changelog: &'a str, name: &str) -> Option<(&'a str, &'a str)> {
    let start = changelog.find(&format!("\n## [{name}]"))? + "\n## ".len();
    let rest = &changelog[start..];
    let (heading, body) = rest.split_once('\n').unwrap_or((rest, ""));
    Some((heading.trim(), body.split("\n## [").next().unwrap_or_default()))
}

fn read() -> Result<String, Failure> {
    fs::read_to_string(repository::root().join("CHANGELOG.md"))
        .map_err(|error| Failure::new(format!("cannot read CHANGELOG.md: {error}")))
}

fn commit(name: &str) -> Option<String> {
    let git = Command::new("git", "git", "install git");
    let printed = git.args(["rev-parse", "--verify", "--quiet", name]).output().ok()?;
    let printed = String::from_utf8(printed).ok()?;
    Some(printed.trim().to_owned()).filter(|commit| !commit.is_empty())
}

#[cfg(test)]
mod tests {
    use super::{Tag, judge, section};

    const BEFORE: &str =
        "# Changelog\n\n## [Unreleased]\n\n### Added\n\n- A thing.\n\n## [0.9.0] - 2026-01-01\n\n- Old.\n";
    const RELEASED: &str = "# Changelog\n\n## [Unreleased]\n\n## [1.0.0] - 2026-02-02\n\n- A thing.\n";

    #[test]
    fn a_section_ends_where_the_next_one_begins() {
        assert_eq!(section(BEFORE, "Unreleased"), Some(("[Unreleased]", "\n### Added\n\n- A thing.\n")));
        assert_eq!(section(BEFORE, "0.9.0"), Some(("[0.9.0] - 2026-01-01", "\n- Old.\n")));
        assert_eq!(section(BEFORE, "1.0.0"), None);
    }

    #[test]
    fn changes_are_unreleased_before_the_tag_and_the_versions_after_it() {
        assert!(judge(BEFORE, "1.0.0", Tag::Absent).is_empty());
        assert!(judge(RELEASED, "1.0.0", Tag::Here).is_empty());
        assert_eq!(judge(BEFORE, "1.0.0", Tag::Here).len(), 2);
    }

    #[test]
    fn a_version_without_changes_or_without_its_day_is_found() {
        assert_eq!(
            judge("\n## [Unreleased]\n\n", "1.0.0", Tag::Absent),
            ["CHANGELOG.md says nothing of 1.0.0"]
        );
        let undated = RELEASED.replace(" - 2026-02-02", "");
        assert_eq!(judge(&undated, "1.0.0", Tag::Here).len(), 1);
    }

    #[test]
    fn a_tag_of_another_commit_asks_for_another_version() {
        let found = judge(RELEASED, "1.0.0", Tag::Elsewhere);
        assert_eq!(found, ["the tag v1.0.0 is another commit: raise the version"]);
    }
}
