//! `docs/SUMMARY.md`, in the form that mdBook reads.

use std::fs;

use crate::failure::Failure;
use crate::pages::resolve;
use crate::repository;

pub(super) const FILE: &str = "docs/SUMMARY.md";

/// The parts of the site.
pub(super) struct Summary {
    pub(super) text: String,
    pub(super) parts: Vec<Part>,
}

pub(super) struct Part {
    /// Empty for what comes before the first title.
    pub(super) title: String,
    pub(super) pages: Vec<Entry>,
}

pub(super) struct Entry {
    pub(super) title: String,
    /// As it is written in the summary.
    pub(super) link: String,
    /// From the root of the repository.
    pub(super) path: String,
}

impl Summary {
    pub(super) fn read() -> Result<Self, Failure> {
        let text = fs::read_to_string(repository::root().join(FILE))
            .map_err(|error| Failure::new(format!("cannot read {FILE}: {error}")))?;
        let mut parts = vec![Part { title: String::new(), pages: Vec::new() }];
        for line in text.lines() {
            if let Some(title) = line.strip_prefix("# ").filter(|title| *title != "Summary") {
                parts.push(Part { title: title.to_owned(), pages: Vec::new() });
            }
            let entry = line.split_once('[').and_then(|(_, rest)| rest.strip_suffix(')')?.split_once("]("));
            if let (Some((title, link)), Some(part)) = (entry, parts.last_mut()) {
                let (title, link) = (title.to_owned(), link.to_owned());
                part.pages.push(Entry { title, path: resolve(FILE, &link), link });
            }
        }
        parts.retain(|part| !part.pages.is_empty());
        Ok(Self { text, parts })
    }

    pub(super) fn pages(&self) -> impl Iterator<Item = &Entry> {
        self.parts.iter().flat_map(|part| &part.pages)
    }
}
