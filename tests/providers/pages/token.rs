//! What a token of the provider looks like, and where its parts are.

use std::fmt::{self, Write as _};

use serde_json::{Map, Value, json};

use super::row::{Audience, ClaimPlace, Row};
use crate::files::Provider;

/// The time at which the tokens of the pages are read: 2026-01-01T00:00:00Z.
const NOW: i64 = 1_767_225_600;

pub(super) fn section(part: &mut String, file: &Provider, row: &Row) -> fmt::Result {
    writeln!(
        part,
        "The header and the claims of a token:\n\n```json\n{}\n{}\n```\n",
        shown(&file.token.header),
        shown(&file.token.claims)
    )?;
    claims(part, row)?;
    for quirk in &row.quirks {
        writeln!(part, "- {}", quirk.replace('<', "\\<"))?;
    }
    if !file.routes.is_empty() {
        writeln!(part, "\nWhat a route requires, and the answer to the token above:\n")?;
        writeln!(part, "| [requirement](../requirements.md) | answer |\n|---|---|")?;
    }
    for route in &file.routes {
        let answer = match route.answer.as_str() {
            "accepted" => "accepted".to_owned(),
            code => format!("[`{code}`](../errors.md)"),
        };
        writeln!(part, "| `{}` | {answer} |", route.requires)?;
    }
    Ok(())
}

fn shown(members: &Map<String, Value>) -> String {
    let members = at(&Value::Object(members.clone()));
    serde_json::to_string_pretty(&members).unwrap()
}

/// `{"$now": seconds}` is that many seconds from [`NOW`].
fn at(value: &Value) -> Value {
    match value {
        Value::Array(items) => items.iter().map(at).collect(),
        Value::Object(members) => match members.get("$now") {
            Some(seconds) => match seconds.as_i64() {
                Some(whole) => json!(NOW + whole),
                #[allow(clippy::cast_precision_loss, reason = "until the year 285 428 751")]
                None => json!(NOW as f64 + seconds.as_f64().unwrap()),
            },
            None => members.iter().map(|(name, value)| (name.clone(), at(value))).collect(),
        },
        other => other.clone(),
    }
}

fn claims(part: &mut String, row: &Row) -> fmt::Result {
    if let Some(form) = row.issuers.first() {
        writeln!(part, "- The issuer is `{}`.", form.replace("{+", "{"))?;
    }
    match &row.audience {
        Audience::ClientId(claim) => {
            writeln!(part, "- Tokens have no `aud`: `{claim}` must be a listed client.")?;
        }
        Audience::Origin(claim) => {
            writeln!(part, "- Tokens have no `aud`: `{claim}` must be a listed origin.")?;
        }
        _ => {}
    }
    let list = |places: &[ClaimPlace]| places.iter().map(place).collect::<Vec<_>>().join(", ");
    let clients: Vec<_> = row.client_id.iter().map(|claim| format!("`{claim}`")).collect();
    for (what, named) in [
        ("client", clients.join(" or ")),
        ("scopes", row.scope.as_ref().map(place).unwrap_or_default()),
        ("roles", list(&row.roles)),
        ("organization", list(&row.organization)),
    ] {
        if !named.is_empty() {
            let verb = if what.ends_with('s') { "are" } else { "is" };
            writeln!(part, "- The {what} {verb} in {named}.")?;
        }
    }
    if let Some(header) = &row.carried_in {
        writeln!(part, "- Requests have the token in the header `{header}`.")?;
    }
    if row.access_tokens == "jwt_on_request" {
        writeln!(part, "- Access tokens are JWTs only where the client or the operator asks for that.")?;
    }
    Ok(())
}

fn place(place: &ClaimPlace) -> String {
    let path = match &place.path[..] {
        [one] => format!("`{one}`"),
        names => format!("`{}`", json!(names).to_string().replace(',', ", ")),
    };
    path + match place.form.as_str() {
        "text" => "",
        "list" => " (a list)",
        "object_keys" => " (the names of an object's members)",
        _ => " (a list, or the names of an object's members)",
    }
}
