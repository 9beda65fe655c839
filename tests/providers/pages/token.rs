//! What a token of the provider looks like, and where its parts are.

use std::fmt::{self, Write as _};

use bearward_core::trust::provider::{AudiencePlace, ClaimForm, ClaimPlace, ProviderFacts, TokenForm};
use serde_json::{Map, Value, json};

use crate::files::Provider;

/// The time at which the tokens of the pages are read: 2026-01-01T00:00:00Z.
const NOW: i64 = 1_767_225_600;

pub(super) fn section(part: &mut String, file: &Provider, facts: &ProviderFacts) -> fmt::Result {
    writeln!(
        part,
        "The header and the claims of a token:\n\n```json\n{}\n{}\n```\n",
        shown(&file.token.header),
        shown(&file.token.claims)
    )?;
    claims(part, facts)?;
    for quirk in facts.quirks {
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

fn claims(part: &mut String, facts: &ProviderFacts) -> fmt::Result {
    if let Some(form) = facts.preset_issuer() {
        writeln!(part, "- The issuer is `{}`.", form.0.replace("{+", "{"))?;
    }
    match facts.audience {
        AudiencePlace::ClientId(claim) => {
            writeln!(part, "- Tokens have no `aud`: `{claim}` must be a listed client.")?;
        }
        AudiencePlace::Origin(claim) => {
            writeln!(part, "- Tokens have no `aud`: `{claim}` must be a listed origin.")?;
        }
        _ => {}
    }
    let list = |places: &[ClaimPlace]| places.iter().map(place).collect::<Vec<_>>().join(", ");
    let clients: Vec<_> = facts.client_id.iter().map(|claim| format!("`{claim}`")).collect();
    for (what, named) in [
        ("client", clients.join(" or ")),
        ("scopes", facts.scope.map(|scope| place(&scope)).unwrap_or_default()),
        ("roles", list(facts.roles)),
        ("organization", list(facts.organization)),
    ] {
        if !named.is_empty() {
            let verb = if what.ends_with('s') { "are" } else { "is" };
            writeln!(part, "- The {what} {verb} in {named}.")?;
        }
    }
    if let Some(header) = facts.carried_in {
        writeln!(part, "- Requests have the token in the header `{header}`.")?;
    }
    if facts.access_tokens == TokenForm::JwtOnRequest {
        writeln!(part, "- Access tokens are JWTs only where the client or the operator asks for that.")?;
    }
    Ok(())
}

fn place(place: &ClaimPlace) -> String {
    let path = match place.path {
        [one] => format!("`{one}`"),
        names => format!("`{}`", json!(names).to_string().replace(',', ", ")),
    };
    path + match place.form {
        ClaimForm::Text => "",
        ClaimForm::List => " (a list)",
        ClaimForm::ObjectKeys => " (the names of an object's members)",
        _ => " (a list, or the names of an object's members)",
    }
}
