//! What the log hears of decisions and fetches. Nothing here ever sees a token.

use bearward_core::{
    AccessToken, Credential, Engine, Failure, FetchError, FetchOutcome, IntrospectionError, Issuer,
    IssuerError, Now, ProofError, Rejection, Source, Unavailable, UnverifiedToken,
};

use crate::fetch::Failed;

/// `kid`s come from whoever sent the token; this much of one is enough to recognize it.
const MOST_KID_CHARACTERS: usize = 64;

pub(crate) fn decision(
    engine: &Engine,
    credential: &Credential<'_>,
    result: &Result<AccessToken, Failure>,
    source: Source,
    now: Now,
) {
    let cached = source == Source::Cache;
    match result {
        Ok(token) => tracing::debug!(
            target: "bearward",
            code = "accepted", issuer = token.issuer(), kid = ?token.kid(), cached,
            "access token accepted"
        ),
        // Reading the token again costs time, so only where somebody listens.
        Err(failure) if tracing::enabled!(target: "bearward", tracing::Level::INFO) => {
            let token = UnverifiedToken::parse(credential.expose_token()).ok();
            let kid = token.as_ref().and_then(UnverifiedToken::unverified_kid);
            let kid: Option<String> = kid.map(|kid| kid.chars().take(MOST_KID_CHARACTERS).collect());
            let named = token.as_ref().and_then(UnverifiedToken::unverified_issuer);
            let trusted = named.and_then(|named| engine.issuer(named, now));
            refusal(failure, trusted.as_ref().map(|issuer| issuer.identifier()), kid.as_deref(), cached);
            if let (Failure::Rejected(Rejection::Issuer(IssuerError::Unknown)), Some(named)) =
                (failure, named)
            {
                hint_at_near_miss(engine, named);
            }
            if *failure == Failure::from(ProofError::Url) {
                hint_at_origin(engine, credential);
            }
        }
        Err(_) => {}
    }
}

/// Behind a proxy that nothing is said about, no proof names the URL that the request seems to be for.
fn hint_at_origin(engine: &Engine, credential: &Credential<'_>) {
    let url = engine.target_url(credential);
    tracing::info!(
        target: "bearward",
        url = url.as_ref().map(tracing::field::display),
        "the DPoP proof names another URL than this request's; behind a proxy, set public_origin or \
         trusted_proxies"
    );
}

/// The commonest mistake of all: the issuer is configured without the slash that the tokens have, or with it.
fn hint_at_near_miss(engine: &Engine, named: &str) {
    let bare = |issuer: &str| issuer.trim_end_matches('/').to_ascii_lowercase();
    if let Some(issuer) = engine.issuers().find(|issuer| bare(issuer.identifier()) == bare(named)) {
        tracing::warn!(
            target: "bearward",
            issuer = issuer.identifier(),
            "a token's iss differs from this configured issuer only in a trailing slash or in letter case; \
             configure exactly what stands in iss"
        );
    }
}

/// Logs a failure that has no token to speak of: a missing or malformed credential, a requirement, a route
/// that nothing protects.
pub fn failure(failure: &Failure) {
    refusal(failure, None, None, false);
}

fn refusal(failure: &Failure, issuer: Option<&str>, kid: Option<&str>, cached: bool) {
    let code = failure.code();
    match failure {
        // What went wrong is not for the client, so the failure's own text does not say it.
        Failure::Unavailable(Unavailable::Introspection { why, .. }) => {
            tracing::warn!(target: "bearward", code, cached, "request not decided: {failure}: {why}");
        }
        Failure::Unavailable(_) => {
            tracing::warn!(target: "bearward", code, issuer, kid = ?kid, cached, "request not decided: {failure}");
        }
        Failure::Misconfigured(_) => {
            tracing::error!(target: "bearward", code, "request refused: {failure}");
        }
        _ => {
            tracing::info!(target: "bearward", code, issuer, kid = ?kid, cached, "request rejected: {failure}")
        }
    }
}

pub(crate) fn fetched(issuer: &Issuer, result: &Result<FetchOutcome, Failed>) {
    let issuer = issuer.identifier();
    match result {
        Ok(FetchOutcome::Loaded { keys, skipped }) => {
            tracing::info!(target: "bearward", issuer, keys, skipped = skipped.len(), "key set loaded");
            for key in skipped {
                let (kid, index, why) = (&key.kid, key.index, key.why);
                tracing::warn!(target: "bearward", issuer, ?kid, index, "key of the set not used: {why}");
            }
        }
        Ok(_) => tracing::debug!(target: "bearward", issuer, "key set not modified"),
        Err(Failed { url, why, cause }) => {
            tracing::warn!(target: "bearward", issuer, url, cause, "key set not loaded: {why}");
        }
    }
}

pub(crate) fn introspected(issuer: &Issuer, result: &Result<FetchOutcome, Failed>) {
    let issuer = issuer.identifier();
    match result {
        Ok(_) => tracing::debug!(target: "bearward", issuer, "access token introspected"),
        // Nothing mends this but the operator.
        Err(Failed {
            url,
            why: why @ FetchError::Introspection(IntrospectionError::ClientRefused(_)),
            ..
        }) => {
            tracing::error!(target: "bearward", issuer, url, "access token not introspected: {why}");
        }
        Err(Failed { url, why, cause }) => {
            tracing::warn!(target: "bearward", issuer, url, cause, "access token not introspected: {why}");
        }
    }
}
