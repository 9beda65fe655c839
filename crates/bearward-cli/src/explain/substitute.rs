//! `--tokens-without-audience`: what takes the place of `aud` in the tokens of a server that leaves it out.

use bearward_core::trust::AudienceSubstitute;

use crate::usage::UsageError;

/// The claims that can name the client.
const CLIENTS: [&str; 4] = ["client_id", "azp", "appid", "cid"];

/// Reads pairs such as `client_id=4example` and `token_use=access`; `None` for an empty list.
pub(super) fn parse(pairs: &[String]) -> Result<Option<AudienceSubstitute>, UsageError> {
    let wrong = |why: &str| UsageError::new(format!("--tokens-without-audience: {why}"));
    let mut clients: Vec<(&str, &str)> = Vec::new();
    let mut further = Vec::new();
    for pair in pairs {
        let (claim, value) = pair.split_once('=').ok_or_else(|| wrong("write the claim, = and its value"))?;
        if CLIENTS.contains(&claim) {
            clients.push((claim, value));
        } else {
            further.push((claim, value));
        }
    }
    let Some((claim, _)) = clients.first().copied() else {
        return if further.is_empty() {
            Ok(None)
        } else {
            Err(wrong("name the client by client_id, azp, appid or cid"))
        };
    };
    if clients.iter().any(|(other, _)| *other != claim) {
        return Err(wrong("one claim names the client: client_id, azp, appid or cid"));
    }
    let values = clients.iter().map(|(_, value)| *value);
    let substitute = match claim {
        "client_id" => AudienceSubstitute::client_id(values),
        "azp" => AudienceSubstitute::azp(values),
        "appid" => AudienceSubstitute::appid(values),
        _ => AudienceSubstitute::cid(values),
    };
    Ok(Some(
        further.into_iter().fold(substitute, |substitute, (name, value)| substitute.and_claim(name, value)),
    ))
}
