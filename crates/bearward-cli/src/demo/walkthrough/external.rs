//! The tour with a token that the reader brings along.

use super::line::{Lines, shell_word, why};
use super::{Line, Section, Walkthrough};
use crate::introspection::IntrospectionOptions;

impl Walkthrough {
    /// With a token that the reader brings along.
    pub(in crate::demo) fn external(
        api: &str,
        issuer: &str,
        audience: &str,
        introspection: &IntrospectionOptions,
    ) -> Self {
        let lines = Lines { api };
        let about = if introspection.is_on() {
            "paste an access token of that authorization server for that audience between the quotes: a JWT, or an \
             opaque one, about which the API asks"
        } else {
            "paste an access token of that authorization server for that audience between the quotes: a JWT; to have \
             opaque ones accepted, start the demo with --client-id"
        };
        let paste = Line::set(about, "TOKEN=''".to_owned());
        let token = Some("$TOKEN");
        let good = [
            lines.get(200, "anyone may read this", "/api/public", None),
            lines.get(200, "a valid token", "/api/private", token),
            lines.get(200, "with the scope read:messages, else 403", "/api/private-scoped", token),
            lines.get(200, "with the scopes api:read and api:write, else 403", "/api/protected", token),
            lines.get(200, "with the scopes openid and profile, else 403", "/secured/scope", token),
            lines.get(200, "with the claim role = admin, else 403", "/secured/claim", token),
            lines.get(
                200,
                "with acr = mfa and an auth_time within five minutes, else 401",
                "/api/step-up",
                token,
            ),
            lines.get(
                200,
                "with the audience urn:logto:organization:org_1 and the scope read:member, else 401",
                "/api/organizations/org_1/members",
                token,
            ),
            lines.get(
                200,
                "with the claim organization_id = org_1 and the scope read:data, else 401 or 403",
                "/api/organizations/org_1/data",
                token,
            ),
        ];
        let not_a_signature = "${TOKEN%.*}.${TOKEN%%.*}";
        let refused = lines.refusals_of_anyone().into_iter().chain([lines.get(
            401,
            "the signature was replaced by something else",
            "/api/private",
            Some(not_a_signature),
        )]);
        Self {
            api: api.to_owned(),
            issuer: issuer.to_owned(),
            audience: audience.to_owned(),
            first: vec![
                paste.clone(),
                lines.get(200, "a valid token", "/api/private", token),
                lines.get(401, "no token", "/api/private", None),
                why("TOKEN", issuer, audience).with_flags(&introspection.flags(shell_word)),
            ],
            sections: vec![
                Section { title: "Bring a token", lines: vec![paste] },
                Section { title: "What passes", lines: good.into() },
                Section { title: "What is refused", lines: refused.collect() },
                Section {
                    title: "Why",
                    lines: vec![
                        why("TOKEN", issuer, audience)
                            .with_flags(&introspection.flags(shell_word))
                            .with_scopes("api:read api:write"),
                    ],
                },
            ],
        }
    }
}
