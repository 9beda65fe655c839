//! Links within the repository.

use std::collections::{BTreeMap, BTreeSet};

use super::Page;
use crate::failure::Failure;
use crate::tracked;

/// How pages that are read elsewhere, on npm or docs.rs, name a file of this repository.
const REPOSITORY: [&str; 2] =
    ["https://github.com/bearward/bearward/blob/main/", "https://github.com/bearward/bearward/tree/main/"];

pub(super) fn offences(pages: &[Page]) -> Result<Vec<String>, Failure> {
    let files: BTreeSet<String> = tracked::files()?.into_iter().collect();
    let anchors: BTreeMap<&str, &BTreeSet<String>> =
        pages.iter().map(|page| (page.path.as_str(), &page.anchors)).collect();
    let mut found = Vec::new();
    for page in pages {
        for (line, link) in &page.links {
            if let Some(what) = broken(&page.path, link, &files, &anchors) {
                found.push(format!("{}:{line}: {link}: {what}", page.path));
            }
        }
    }
    Ok(found)
}

fn broken(
    from: &str,
    link: &str,
    files: &BTreeSet<String>,
    anchors: &BTreeMap<&str, &BTreeSet<String>>,
) -> Option<&'static str> {
    let (target, fragment) = link.split_once('#').unwrap_or((link, ""));
    let path = match REPOSITORY.iter().find_map(|start| target.strip_prefix(start)) {
        Some(path) => path.to_owned(),
        None if target.contains(':') => return None, // Another site.
        None if target.is_empty() => from.to_owned(),
        None => resolve(from, target),
    };
    let path = path.trim_end_matches('/');
    let is_directory = || files.iter().any(|file| file.starts_with(&format!("{path}/")));
    if !files.contains(path) && !is_directory() {
        return Some("there is no such file");
    }
    let known = anchors.get(path)?;
    (!fragment.is_empty() && !known.contains(fragment)).then_some("there is no such heading")
}

/// `target` as it is written in a file, from the root of the repository.
pub(crate) fn resolve(from: &str, target: &str) -> String {
    let mut parts: Vec<&str> = from.split('/').collect();
    parts.pop();
    for part in target.split('/') {
        match part {
            "." | "" => {}
            ".." => drop(parts.pop()),
            name => parts.push(name),
        }
    }
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::broken;

    #[test]
    fn a_link_needs_its_file_and_its_heading() {
        let files = ["docs/a.md", "docs/b/c.md", "README.md"].map(str::to_owned).into_iter().collect();
        let headings = BTreeSet::from(["here".to_owned()]);
        let anchors = BTreeMap::from([("docs/a.md", &headings), ("docs/b/c.md", &headings)]);
        let check = |from, link| broken(from, link, &files, &anchors);
        for good in
            ["a.md", "a.md#here", "b", "b/c.md#here", "../README.md", "#here", "https://example.com/x"]
        {
            assert_eq!(check("docs/a.md", good), None, "{good}");
        }
        assert_eq!(
            check("docs/b/c.md", "https://github.com/bearward/bearward/blob/main/docs/a.md#here"),
            None
        );
        for (bad, what) in
            [("d.md", "file"), ("a.md#there", "heading"), ("../a.md", "file"), ("#there", "heading")]
        {
            assert!(check("docs/a.md", bad).is_some_and(|said| said.ends_with(what)), "{bad}");
        }
        let absolute = "https://github.com/bearward/bearward/blob/main/docs/gone.md";
        assert!(check("README.md", absolute).is_some());
    }
}
