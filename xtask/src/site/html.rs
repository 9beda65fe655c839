//! The links of the built site.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use crate::failure::Failure;
use crate::pages::resolve;

/// Pages that repeat others, or that mdBook makes for any address.
const OTHERS: [&str; 3] = ["print.html", "404.html", "toc.html"];

/// Each link within the site that leads nowhere.
pub(super) fn broken_links(root: &Path) -> Result<Vec<String>, Failure> {
    let mut pages = BTreeMap::new();
    let mut files = BTreeSet::new();
    collect(root, "", &mut pages, &mut files)?;
    let ids: BTreeMap<&str, BTreeSet<&str>> =
        pages.iter().map(|(path, text)| (path.as_str(), attributes(text, " id=\"").collect())).collect();
    let mut broken = Vec::new();
    for (path, text) in pages.iter().filter(|(path, _)| !OTHERS.contains(&path.as_str())) {
        let links = attributes(text, " href=\"").chain(attributes(text, " src=\""));
        for link in links.filter(|link| !link.contains(':')) {
            let (target, fragment) = link.split_once('#').unwrap_or((link, ""));
            let target = if target.is_empty() { path.clone() } else { resolve(path, target) };
            let target = if target.is_empty() { "index.html".to_owned() } else { target };
            let known =
                fragment.is_empty() || ids.get(target.as_str()).is_none_or(|ids| ids.contains(fragment));
            if !files.contains(&target) || !known {
                broken.push(format!("{path}: {link} leads nowhere"));
            }
        }
    }
    Ok(broken)
}

fn collect(
    directory: &Path,
    prefix: &str,
    pages: &mut BTreeMap<String, String>,
    files: &mut BTreeSet<String>,
) -> Result<(), Failure> {
    let failed = |error| Failure::new(format!("cannot read {}: {error}", directory.display()));
    for entry in fs::read_dir(directory).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        let Some(name) = path.file_name().and_then(|name| name.to_str()) else { continue };
        let name = format!("{prefix}{name}");
        if path.is_dir() {
            collect(&path, &format!("{name}/"), pages, files)?;
            continue;
        }
        if name.ends_with(".html") {
            pages.insert(name.clone(), fs::read_to_string(&path).map_err(failed)?);
        }
        files.insert(name);
    }
    Ok(())
}

fn attributes<'t>(text: &'t str, start: &str) -> impl Iterator<Item = &'t str> {
    text.split(start).skip(1).filter_map(|rest| rest.split('"').next())
}
