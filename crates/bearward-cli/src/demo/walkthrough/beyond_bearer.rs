//! Tokens that are worth nothing to a thief, those that say how their subject was authenticated, and those that
//! say nothing at all.

use bearward_issuer::{ClientCertificate, RunningIssuer};

use super::line::{Lines, Tokens, program};
use super::{Line, Section};

const PATH: &str = "/api/private";

/// DPoP (RFC 9449): each request has a proof that its sender holds the key.
pub(super) fn bound_to_key(lines: &Lines<'_>, tokens: &Tokens<'_>, resource: &str) -> Section {
    let (api, program) = (lines.api, program());
    let proof_of = |key: &str, path: &str| {
        format!("{program} dpop-proof --key \"{key}\" --url {api}{path} --token \"$BOUND\"")
    };
    let new_key_at_token_endpoint = format!(
        "DPoP: $({program} dpop-proof --key \"$KEY\" --new-key --method POST --url {})",
        tokens.endpoint
    );
    let with_proof = |status, about: &str, proof: &str| {
        let headers = ["Authorization: DPoP $BOUND".to_owned(), format!("DPoP: {proof}")];
        lines.get_with(status, about, PATH, headers.iter().map(String::as_str))
    };
    let elsewhere = format!("$({})", proof_of("$KEY", "/secured/token"));
    let of_a_thief = format!("$({} --new-key)", proof_of("$KEY.thief", PATH));
    Section {
        title: "What a key adds (DPoP)",
        lines: vec![
            Line::set("the name of a file for a key of your own", "KEY=$(mktemp -d)/key.pem".to_owned()),
            tokens.fetch_with(
                "BOUND",
                "a token that is bound to that key, which is made along the way",
                "demo",
                resource,
                &new_key_at_token_endpoint,
            ),
            Line::set("a proof for one request", format!("PROOF=$({})", proof_of("$KEY", PATH))),
            with_proof(200, "the token with its proof", "$PROOF"),
            with_proof(401, "the same once more: a proof passes once", "$PROOF"),
            with_proof(401, "a proof for another URL", &elsewhere),
            with_proof(401, "a proof of somebody else, who has stolen the token alone", &of_a_thief),
            lines.get(401, "the token without a proof", PATH, Some("$BOUND")),
        ],
    }
}

/// RFC 8705: the connection, or the proxy in front, vouches for the client's certificate.
pub(super) fn bound_to_certificate(lines: &Lines<'_>, tokens: &Tokens<'_>, resource: &str) -> Section {
    let certificate = |about: &str, variable: &str| {
        let header = ClientCertificate::generate().client_cert_header();
        Line::set(about, format!("{variable}={header}"))
    };
    let with = |status, about: &str, variable: &str| {
        let header = format!("Client-Cert: ${variable}");
        lines.get_with(status, about, PATH, ["Authorization: Bearer $HELD", &header])
    };
    Section {
        title: "What a certificate adds (mutual TLS)",
        lines: vec![
            certificate(
                "your client's certificate, in the way in which a proxy that ends TLS passes it on; you play that proxy",
                "CERTIFICATE",
            ),
            certificate("somebody else's", "STRANGER"),
            tokens.fetch_with(
                "HELD",
                "a token that is bound to your certificate",
                "demo",
                resource,
                "Client-Cert: $CERTIFICATE",
            ),
            with(200, "the token from the client with that certificate", "CERTIFICATE"),
            with(401, "the token from a client with another one", "STRANGER"),
            lines.get(401, "the token from a client without any", PATH, Some("$HELD")),
        ],
    }
}

/// RFC 9470: the API says which authentication it wants, and the client gets a token that has it.
pub(super) fn stepped_up(lines: &Lines<'_>, tokens: &Tokens<'_>, resource: &str) -> Section {
    let stronger = format!("{resource} -d acr_values=mfa");
    Section {
        title: "What a stronger authentication adds (step-up)",
        lines: vec![
            tokens.fetch("WEAK", "a token whose subject was authenticated an hour ago", "step-up", resource),
            lines.get(
                401,
                "the answer names the authentication that is wanted",
                "/api/step-up",
                Some("$WEAK"),
            ),
            tokens.fetch("STRONG", "a token that was asked for with just that", "step-up", &stronger),
            lines.get(200, "the same request again", "/api/step-up", Some("$STRONG")),
        ],
    }
}

/// RFC 7662: the token says nothing, so its issuer is asked. RFC 7009: it can be taken back.
pub(super) fn opaque(
    lines: &Lines<'_>,
    tokens: &Tokens<'_>,
    resource: &str,
    issuer: &RunningIssuer,
) -> Section {
    let introspect = format!("-u api:api-secret {} -d token=$OPAQUE", issuer.introspection_endpoint());
    let ask = format!("curl -sw '\\n' {introspect}");
    let ask_for_jwt = format!("curl -sw '\\n' -H 'Accept: application/jwt' {introspect}");
    let revoke =
        format!("curl -s -u opaque:opaque-secret {} -d token=$REVOKED", issuer.revocation_endpoint());
    Section {
        title: "What introspection adds (opaque tokens)",
        lines: vec![
            tokens.fetch("OPAQUE", "a token that only its issuer can read", "opaque", resource),
            lines.get(200, "the API asks the issuer what it stands for", PATH, Some("$OPAQUE")),
            Line::set("what it is told, and keeps for a minute", ask),
            Line::set("or, where it asks for that, the JWT behind it (a phantom token)", ask_for_jwt),
            tokens.fetch("REVOKED", "another one", "opaque", resource),
            Line::set("its client takes it back, before anybody has used it", revoke),
            lines.get(401, "the issuer calls it inactive", PATH, Some("$REVOKED")),
        ],
    }
}
