//! What people get wrong with every provider.

use serde_json::Value;

use super::Mistake;
use crate::token::claims::{CLIENT_ID_CLAIMS, MILLISECONDS};
use crate::trust::provider::Evidence;

/// The mistakes that are no provider's own.
pub(in crate::trust::provider) const GENERAL: &[Mistake] = &[
    Mistake {
        code: "id_token",
        when: is_id_token,
        problem: "this is an ID token: it tells the client who signed in, and is not meant for an API.",
        remedy: "Have the client send the access_token of the token response, not the id_token.",
        rust: r#"nothing to change: .issuer("{issuer}").audience("{audience}") expects an access token"#,
        node: r"nothing to change: auth({ issuerBaseURL: '{issuer}', audience: '{audience}' }) expects an access token",
    },
    Mistake {
        code: "refresh_token",
        when: is_refresh_token,
        problem: "this is a refresh token: it is a secret between the client and the authorization server.",
        remedy: "Have the client send the access_token of the token response, and its refresh_token to the token \
                 endpoint alone.",
        rust: r#"nothing to change: .issuer("{issuer}").audience("{audience}") expects an access token"#,
        node: r"nothing to change: auth({ issuerBaseURL: '{issuer}', audience: '{audience}' }) expects an access token",
    },
    Mistake {
        code: "encrypted_token",
        when: |evidence| evidence.is_encrypted() && evidence.has_failed("parse"),
        problem: "this is an encrypted token (a JWE of five parts, RFC 7516): its issuer alone can open it.",
        remedy: "Have the authorization server issue signed tokens for this API. If it cannot, register the API there as a \
                 client that may introspect, and write under this issuer in the settings `introspection: {client_id: \
                 <client id>, client_secret: \"${CLIENT_SECRET}\"}`: the API then asks about each token.",
        rust: r#".introspection(Introspection::new(ClientAuthentication::secret_basic("<client id>", secret)))"#,
        node: "introspection: { clientId: '<client id>', clientSecret: process.env.CLIENT_SECRET }",
    },
    Mistake {
        code: "opaque_token",
        when: |evidence| evidence.is_opaque() && evidence.has_failed("parse") && !is_padded(evidence),
        problem: "this is an opaque token: nothing in it can be read, and its issuer alone knows what it means.",
        remedy: "Register this API at the authorization server as a client that may introspect, and write under this issuer \
                 in the settings `introspection: {client_id: <client id>, client_secret: \"${CLIENT_SECRET}\"}`: the API \
                 then asks about each token. A server that can issue JWTs for this API spares it that.",
        rust: r#".introspection(Introspection::new(ClientAuthentication::secret_basic("<client id>", secret)))"#,
        node: "introspection: { clientId: '<client id>', clientSecret: process.env.CLIENT_SECRET }",
    },
    Mistake {
        code: "padded_parts",
        when: is_refused_for_padding,
        problem: "a part of the token ends in \"=\" or holds \"+\" or \"/\": a JWT is base64url without padding (RFC 7515 §2).",
        remedy: "Have the program that makes or forwards the token use base64url and leave the padding out.",
        rust: "nothing to change: .issuer(\"{issuer}\") refuses such tokens",
        node: "nothing to change: auth({ issuerBaseURL: '{issuer}' }) refuses such tokens",
    },
    Mistake {
        code: "algorithm_none",
        when: |evidence| evidence.algorithm().eq_ignore_ascii_case("none") && !evidence.is_accepted(),
        problem: "the token is not signed (alg is none): anyone can make one like it.",
        remedy: "Have the authorization server sign its tokens; in tests, sign them with a key of the test's own.",
        rust: ".issuer(IssuerConfig::new(\"{issuer}\").static_keys(jwks)) in tests",
        node: "auth({ issuer: '{issuer}', publicKey: pem, tokenSigningAlg: 'ES256', audience: '{audience}' }) in tests",
    },
    Mistake {
        code: "shared_secret",
        when: |evidence| evidence.algorithm().starts_with("HS") && evidence.has_code("algorithm_not_allowed"),
        problem: "the token is signed with a shared secret ({alg}), and this API expects the published keys of {issuer}.",
        remedy: "Have the authorization server sign with RS256 or ES256, or give the API the secret.",
        rust: ".issuer(\"{issuer}\").shared_secret(secret)",
        node: "auth({ issuer: '{issuer}', secret: process.env.SECRET, tokenSigningAlg: '{alg}', audience: '{audience}' })",
    },
    Mistake {
        code: "der_signature",
        when: |evidence| {
            evidence.algorithm().starts_with("ES") && is_der(evidence.signature()) && !evidence.is_accepted()
        },
        problem: "the signature is encoded in DER; a JWT has the two numbers side by side (RFC 7518 §3.4).",
        remedy: "Have the program that signs convert it: in Java SHA256withECDSAinP1363Format, in Node \
                 dsaEncoding: 'ieee-p1363', with a cloud's key service a JOSE library.",
        rust: "nothing to change: .issuer(\"{issuer}\") refuses such tokens",
        node: "nothing to change: auth({ issuerBaseURL: '{issuer}' }) refuses such tokens",
    },
    Mistake {
        code: "milliseconds",
        when: |evidence| ["exp", "nbf", "iat"].into_iter().any(|name| is_milliseconds(evidence, name)),
        problem: "a time in the token is in milliseconds: exp, nbf and iat are seconds since 1970 (RFC 7519 §2), so it lies \
                  thousands of years ahead.",
        remedy: "Have the program that makes the token divide by 1000: Math.floor(Date.now() / 1000).",
        rust: "nothing to change: .issuer(\"{issuer}\") refuses such tokens",
        node: "nothing to change: auth({ issuerBaseURL: '{issuer}' }) refuses such tokens",
    },
    Mistake {
        code: "issuer_is_metadata_url",
        when: |evidence| expected(evidence, |_, expected| expected.contains("/.well-known/")),
        problem: "the issuer that was configured, {issuer}, is the address of its metadata; the token's iss is {iss}.",
        remedy: "Drop what begins with /.well-known/ and write the issuer exactly as in iss.",
        rust: ".issuer(\"{iss}\"), or .issuer(IssuerConfig::new(\"{iss}\").metadata_url(\"{issuer}\"))",
        node: "auth({ issuerBaseURL: '{iss}', audience: '{audience}' })",
    },
    Mistake {
        code: "issuer_slash",
        when: |evidence| {
            expected(evidence, |found, expected| found != expected && bare(found) == bare(expected))
        },
        problem: "the issuers differ in the last slash: the token's iss is {iss}, configured is {issuer}.",
        remedy: "Write the issuer exactly as in iss, to the last slash.",
        rust: ".issuer(\"{iss}\")",
        node: "auth({ issuerBaseURL: '{iss}', audience: '{audience}' })",
    },
    Mistake {
        code: "issuer_scheme",
        when: |evidence| {
            expected(evidence, |found, expected| {
                scheme(found) != scheme(expected) && bare(rest(found)) == bare(rest(expected))
            })
        },
        problem: "the issuers differ in the scheme: the token's iss is {iss}, configured is {issuer}.",
        remedy: "Tell the authorization server its public URL, which begins with https:// (behind a proxy it guesses \
                 wrong); only if it must stay, write the issuer exactly as in iss and name where its keys are.",
        rust: ".issuer(IssuerConfig::new(\"{iss}\").jwks_uri(\"https://…\"))",
        node: "auth({ issuer: '{iss}', jwksUri: 'https://…', audience: '{audience}' })",
    },
    Mistake {
        code: "issuer_loopback",
        when: |evidence| {
            expected(evidence, |found, expected| {
                matches!((loopback(found), loopback(expected)), (Some(one), Some(other)) if one == other)
                    && bare(rest(found)) != bare(rest(expected))
            })
        },
        problem: "the issuers are the same machine by two names (localhost, 127.0.0.1, [::1]): the token's iss is {iss}, \
                  configured is {issuer}.",
        remedy: "Use one name everywhere: in the authorization server's public URL, in the client and in the API.",
        rust: ".issuer(\"{iss}\")",
        node: "auth({ issuerBaseURL: '{iss}', audience: '{audience}' })",
    },
    Mistake {
        code: "issuer_local_name",
        when: |evidence| {
            evidence.has_failed("issuer")
                && evidence.issuer().is_some_and(|found| loopback(found).is_some())
                && evidence.expected_issuers().any(|expected| loopback(expected).is_none())
        },
        problem: "the token's iss is {iss}, a name that means another machine inside a container; configured is {issuer}.",
        remedy: "Give the authorization server one public URL, or keep its iss and name where this API reaches its keys.",
        rust: ".issuer(IssuerConfig::new(\"{iss}\").jwks_uri(\"http://<host>/…\").dangerous().allow_plain_http())",
        node: "auth({ issuer: '{iss}', jwksUri: 'http://<host>/…', audience: '{audience}', dangerous: { plainHttp: true } })",
    },
    Mistake {
        code: "issuer_case",
        when: |evidence| {
            expected(evidence, |found, expected| found != expected && found.eq_ignore_ascii_case(expected))
        },
        problem: "the issuers differ in the letter case: the token's iss is {iss}, configured is {issuer}.",
        remedy: "Write the issuer exactly as in iss.",
        rust: ".issuer(\"{iss}\")",
        node: "auth({ issuerBaseURL: '{iss}', audience: '{audience}' })",
    },
    Mistake {
        code: "audience_slash",
        when: |evidence| {
            let expected: Vec<_> = evidence.expected_audiences().collect();
            let near = |found: &&str| {
                !expected.contains(found) && expected.iter().any(|expected| bare(found) == bare(expected))
            };
            evidence.has_code("audience_mismatch") && evidence.audiences().iter().any(near)
        },
        problem: "the audiences differ in the last slash: the token's aud is {aud}, configured is {audience}.",
        remedy: "Write the audience exactly as in aud, to the last slash.",
        rust: ".audience(\"<as in aud>\")",
        node: "auth({ issuerBaseURL: '{issuer}', audience: '<as in aud>' })",
    },
    Mistake {
        code: "audience_is_client",
        when: |evidence| evidence.has_code("audience_mismatch") && audience_is_client(evidence),
        problem: "the token's aud is the client itself, {client}: it was not requested for this API.",
        remedy: "Have the client ask for this API, with the parameter resource (RFC 8707) or audience, and register the \
                 API at the authorization server as {audience}.",
        rust: ".audience(\"{audience}\")",
        node: "auth({ issuerBaseURL: '{issuer}', audience: '{audience}' })",
    },
    Mistake {
        code: "audience_absent",
        when: |evidence| evidence.has_failed("audience") && evidence.has_code("claim_missing"),
        problem: "the token has no aud: nothing tells that it is for this API.",
        remedy: "Have the authorization server put {audience} into aud, which most do once the API is registered and the \
                 client asks for it.",
        rust: ".audience(\"{audience}\")",
        node: "auth({ issuerBaseURL: '{issuer}', audience: '{audience}' })",
    },
];

/// Whether the issuer failed, and one that was expected is so like the token's.
fn expected(evidence: &Evidence<'_>, alike: fn(&str, &str) -> bool) -> bool {
    let Some(found) = evidence.issuer() else { return false };
    evidence.has_failed("issuer") && evidence.expected_issuers().any(|expected| alike(found, expected))
}

/// Whether the claims tell an ID token, and the API minded.
fn is_id_token(evidence: &Evidence<'_>) -> bool {
    let kind = |name| evidence.text_claim(name).unwrap_or_default();
    let told = kind("typ").eq_ignore_ascii_case("id") || kind("token_use").eq_ignore_ascii_case("id");
    let marks = ["at_hash", "c_hash", "nonce"].into_iter().any(|name| evidence.claim(name).is_some());
    told || (marks && (evidence.has_failed("type") || evidence.has_failed("audience")))
}

fn is_refresh_token(evidence: &Evidence<'_>) -> bool {
    let kind = |name| evidence.text_claim(name).unwrap_or_default();
    let names = ["refresh", "offline", "refresh_token"];
    let is = |text: &str| names.iter().any(|name| text.eq_ignore_ascii_case(name));
    is(kind("typ")) || is(kind("token_use"))
}

/// A credential has no padding within it (RFC 6750 §2.1), and a JWT has no padding at its end (RFC 7515 §2).
pub(in crate::trust::provider) fn is_refused_for_padding(evidence: &Evidence<'_>) -> bool {
    // A load balancer's token is padded, and is refused as such only where no load balancer is set.
    let read = evidence.has_code("signer_mismatch");
    is_padded(evidence) && !read && (evidence.has_failed("credential") || evidence.has_failed("parse"))
}

fn is_padded(evidence: &Evidence<'_>) -> bool {
    let mut parts = evidence.token().split('.');
    evidence.parts() == 3
        && evidence.header("alg").is_some()
        && parts.any(|part| part.contains(['=', '+', '/']))
}

/// A sequence whose length is that of the rest (X.690 §8.9), of two integers; the plain form has a length that is a
/// multiple of 32 or of 66.
fn is_der(signature: &[u8]) -> bool {
    let [0x30, length, rest @ ..] = signature else { return false };
    let content = match (length, rest) {
        (0x81, [long, rest @ ..]) if usize::from(*long) == rest.len() => rest,
        (short, rest) if usize::from(*short) == rest.len() => rest,
        _ => return false,
    };
    content.first() == Some(&0x02)
}

fn is_milliseconds(evidence: &Evidence<'_>, claim: &str) -> bool {
    evidence.claim(claim).and_then(Value::as_f64).is_some_and(|time| time >= MILLISECONDS)
}

fn audience_is_client(evidence: &Evidence<'_>) -> bool {
    let audiences = evidence.audiences();
    let clients = CLIENT_ID_CLAIMS.into_iter().filter_map(|name| evidence.text_claim(name));
    !audiences.is_empty()
        && audiences.iter().all(|audience| clients.clone().any(|client| client == *audience))
}

/// Without slashes at its end.
pub(in crate::trust::provider) fn bare(url: &str) -> &str {
    url.trim_end_matches('/')
}

/// The text before `://`; empty where it is left out.
fn scheme(url: &str) -> &str {
    url.split_once("://").map_or("", |(scheme, _)| scheme)
}

/// The text after `://`.
fn rest(url: &str) -> &str {
    url.split_once("://").map_or(url, |(_, rest)| rest)
}

/// What follows the host of a URL on this machine, with the port.
fn loopback(url: &str) -> Option<&str> {
    let rest = bare(rest(url));
    let after =
        ["localhost", "127.0.0.1", "[::1]", "0.0.0.0"].iter().find_map(|name| rest.strip_prefix(name))?;
    (after.is_empty() || after.starts_with([':', '/'])).then_some(after)
}
