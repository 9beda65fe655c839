//! The index of the pages, the names of all providers, and what is said of a provider without a preset.

use std::fmt::{self, Write as _};
use std::fs;

use bearward_core::Provider;
use bearward_core::trust::provider::PROVIDERS;
use serde_json::json;

use super::row::{Audience, Row};
use super::{BEGIN, examples};

/// The providers by title, each with its page.
pub(super) fn index(part: &mut String) -> fmt::Result {
    let with_page = PROVIDERS.iter().filter(|facts| !examples::of(facts.name).is_empty());
    let mut rows: Vec<_> = with_page.map(|facts| Row::of(facts.name)).collect();
    rows.sort_by_key(|row| row.title.to_lowercase());
    writeln!(part, "| provider | preset | tokens are for this API by | token in |\n|---|---|---|---|")?;
    for row in rows {
        let page = page(&row.name);
        let place = row
            .carried_in
            .as_ref()
            .map_or_else(|| "`Authorization`".to_owned(), |header| format!("`{header}`"));
        writeln!(
            part,
            "| [{}](providers/{page}) | `{}` | {} | {place} |",
            row.title,
            row.name,
            audience(&row.audience)
        )?;
    }
    Ok(())
}

/// Each provider that `explain` knows.
pub(super) fn names(part: &mut String) -> fmt::Result {
    writeln!(part, "| name | |\n|---|---|")?;
    for facts in PROVIDERS {
        writeln!(part, "| `{}` | {} |", facts.name, facts.title)?;
    }
    Ok(())
}

fn audience(audience: &Audience) -> String {
    match audience {
        Audience::ClientId(claim) => format!("`{claim}`, a listed client: they have no `aud`"),
        Audience::Origin(claim) => format!("`{claim}`, a listed origin: they have no `aud`"),
        _ => "`aud`".to_owned(),
    }
}

/// The file in which the preset is shown.
fn page(name: &str) -> String {
    let has_it = |path: &std::path::PathBuf| {
        fs::read_to_string(path).unwrap().contains(&format!("{BEGIN}application {name} "))
    };
    let mut files = fs::read_dir(super::docs().join("providers")).unwrap().map(|entry| entry.unwrap().path());
    let file = files.find(has_it).unwrap_or_else(|| panic!("no page has `application {name}`"));
    file.file_name().unwrap().to_str().unwrap().to_owned()
}

pub(super) fn without(part: &mut String, name: &str) -> fmt::Result {
    let error = Provider::from_value(json!({ name: {} })).unwrap_err().to_string();
    let (_, said) = error.split_once(": ").unwrap();
    writeln!(part, "**{}.** There is no preset: {said}.", Row::of(name).title)
}
