//! The copies from which mdBook builds the site.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use super::summary::{self, Summary};
use super::write_file;
use crate::failure::Failure;
use crate::pages::{resolve, with_links};
use crate::{repository, tracked};

const SETTINGS: &str = "docs/book.toml";
const REPOSITORY: &str = "https://github.com/bearward/bearward/blob/main/";

/// Writes `book.toml` and `src` into the directory.
pub(super) fn write(summary: &Summary, directory: &Path) -> Result<(), Failure> {
    let files = tracked::files()?;
    let pictures: Vec<&str> = files.iter().map(String::as_str).filter(|path| is_picture(path)).collect();
    let pages = summary.pages().map(|page| page.path.as_str());
    let places: BTreeMap<&str, String> =
        pages.chain(pictures.iter().copied()).map(|path| (path, place(path))).collect();
    for page in summary.pages() {
        let text = with_links(&read(&page.path)?, |link| leads_to(&page.path, link, &places));
        write_file(&directory.join("src").join(place(&page.path)), &text)?;
    }
    for picture in pictures {
        write_file(&directory.join("src").join(place(picture)), &read(picture)?)?;
    }
    let links = summary.pages().fold(summary.text.clone(), |text, page| {
        text.replace(&format!("]({})", page.link), &format!("]({})", place(&page.path)))
    });
    write_file(&directory.join("src/SUMMARY.md"), &links)?;
    write_file(&directory.join("book.toml"), &read(SETTINGS)?)
}

fn read(path: &str) -> Result<String, Failure> {
    fs::read_to_string(repository::root().join(path))
        .map_err(|error| Failure::new(format!("{}: cannot read {path}: {error}", summary::FILE)))
}

/// What a page shows, so that the site needs a copy.
fn is_picture(path: &str) -> bool {
    path.starts_with("docs/") && path.ends_with(".svg")
}

/// Where a file of the repository is in the site.
fn place(path: &str) -> String {
    match path.strip_prefix("docs/") {
        Some(page) => page.to_owned(),
        None if path == "README.md" => "index.md".to_owned(),
        None => format!("{}.md", path.trim_end_matches("/README.md").replace('/', "-")),
    }
}

/// The link as it is in the site: to another page or a picture of it, or to the repository.
fn leads_to(from: &str, link: &str, places: &BTreeMap<&str, String>) -> Option<String> {
    let (target, fragment) = match link.split_once('#') {
        Some((target, fragment)) => (target, format!("#{fragment}")),
        None => (link, String::new()),
    };
    let path = match target.strip_prefix(REPOSITORY) {
        Some(path) => path.to_owned(),
        None if target.is_empty() || target.contains(':') => return None,
        None => resolve(from, target),
    };
    let Some(place) = places.get(path.as_str()) else { return Some(format!("{REPOSITORY}{path}{fragment}")) };
    let up = "../".repeat(self::place(from).matches('/').count());
    Some(format!("{up}{place}{fragment}"))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::{is_picture, leads_to};

    #[test]
    fn a_chart_of_the_documentation_is_copied() {
        assert!(is_picture("docs/benchmarks/axum.svg"));
        assert!(!is_picture("crates/a/page/icon.svg") && !is_picture("docs/benchmarks.md"));
    }

    #[test]
    fn links_lead_to_pages_of_the_site_or_to_the_repository() {
        let pages = ["docs/a.md", "docs/providers/b.md", "README.md", "docs/a/chart.svg"];
        let places: BTreeMap<_, _> = pages.into_iter().map(|path| (path, super::place(path))).collect();
        let of = |from, link| leads_to(from, link, &places);
        assert_eq!(of("README.md", "docs/a.md#x").as_deref(), Some("a.md#x"));
        assert_eq!(of("docs/providers/b.md", "../a.md").as_deref(), Some("../a.md"));
        assert_eq!(of("docs/providers/b.md", "../../README.md").as_deref(), Some("../index.md"));
        assert_eq!(of("docs/a.md", "a/chart.svg").as_deref(), Some("a/chart.svg"));
        assert_eq!(of("README.md", "docs/a/chart.svg").as_deref(), Some("a/chart.svg"));
        let source = "https://github.com/bearward/bearward/blob/main/crates/x";
        assert_eq!(of("docs/a.md", "../crates/x").as_deref(), Some(source));
        assert_eq!(of("docs/a.md", "https://example.com"), None);
        assert_eq!(of("docs/a.md", "#x"), None);
    }
}
