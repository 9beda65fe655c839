//! The tour with tokens of the embedded authorization server: right and wrong ones.

use std::time::{Duration, SystemTime};

use bearward_issuer::RunningIssuer;

use super::line::{Lines, Tokens, why};
use super::{Section, Walkthrough, beyond_bearer};

/// A token as old as this expired an hour ago.
const TWO_HOURS: Duration = Duration::from_secs(2 * 60 * 60);

impl Walkthrough {
    /// With tokens of the embedded authorization server, right and wrong ones.
    pub(in crate::demo) fn embedded(api: &str, audience: &str, issuer: &RunningIssuer) -> Self {
        let lines = Lines { api };
        let tokens = Tokens { endpoint: &issuer.token_endpoint() };
        let resource = format!("resource={audience}");
        let in_organization = format!("{resource} -d organization_id=org_1");
        let two_hours_ago = SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default().saturating_sub(TWO_HOURS);
        let issued_at = i64::try_from(two_hours_ago.as_secs()).unwrap_or_default();
        let expired = issuer.mint().audience(audience).scope("read:messages").issued_at(issued_at).sign();

        let bearer = vec![
            tokens.fetch("TOKEN", "a token with every scope of the API", "demo", &resource),
            tokens.fetch(
                "READER",
                "one of a client that may do less: only the scope read:messages",
                "reader",
                &resource,
            ),
            tokens.fetch("MEMBER", "one for the organization org_1 itself", "demo", "organization_id=org_1"),
            tokens.fetch("WITHIN", "one for the API within the organization org_1", "demo", &in_organization),
            tokens.fetch("OTHER", "one for another API", "demo", "resource=https://other.example.com"),
        ];
        let good = [
            lines.get(200, "anyone may read this", "/api/public", None),
            lines.get(200, "a valid token", "/api/private", Some("$TOKEN")),
            lines.get(200, "the scope read:messages", "/api/private-scoped", Some("$READER")),
            lines.get(200, "the scopes api:read and api:write", "/api/protected", Some("$TOKEN")),
            lines.get(200, "the same", "/api/protected/detailed", Some("$TOKEN")),
            lines.get(200, "a valid token", "/secured/token", Some("$TOKEN")),
            lines.get(200, "the scopes openid and profile", "/secured/scope", Some("$TOKEN")),
            lines.get(200, "the claim role = admin", "/secured/claim", Some("$TOKEN")),
            lines.get(
                200,
                "the organization's permission",
                "/api/organizations/org_1/members",
                Some("$MEMBER"),
            ),
            lines.get(
                200,
                "the API within the organization",
                "/api/organizations/org_1/data",
                Some("$WITHIN"),
            ),
        ];
        let signature_of_another = "${TOKEN%.*}.${READER##*.}";
        let refused = lines.refusals_of_anyone().into_iter().chain([
            lines.get(401, "the token expired an hour ago", "/api/private", Some(&expired)),
            lines.get(401, "the signature is another token's", "/api/private", Some(signature_of_another)),
            lines.get(401, "the token is for another API (its audience)", "/api/private", Some("$OTHER")),
            lines.get(403, "the token lacks the scopes", "/api/protected", Some("$READER")),
            lines.get(403, "the token lacks the claim", "/secured/claim", Some("$READER")),
            lines.get(
                403,
                "the permission is another organization's",
                "/api/organizations/org_2/members",
                Some("$MEMBER"),
            ),
            lines.get(
                403,
                "the token is for another organization",
                "/api/organizations/org_2/data",
                Some("$WITHIN"),
            ),
            lines.get(
                401,
                "the token is for no organization",
                "/api/organizations/org_1/data",
                Some("$TOKEN"),
            ),
        ]);
        Self {
            api: api.to_owned(),
            issuer: issuer.url().to_owned(),
            audience: audience.to_owned(),
            first: vec![
                tokens.fetch("TOKEN", "a token of a client that may do little", "reader", &resource),
                lines.get(200, "a valid token is enough", "/api/private", Some("$TOKEN")),
                lines.get(
                    403,
                    "it lacks the scopes api:read and api:write",
                    "/api/protected",
                    Some("$TOKEN"),
                ),
                why("TOKEN", issuer.url(), audience).with_scopes("api:read api:write"),
            ],
            sections: vec![
                Section { title: "Get tokens", lines: bearer },
                Section { title: "What passes", lines: good.into() },
                Section { title: "What is refused", lines: refused.collect() },
                beyond_bearer::bound_to_key(&lines, &tokens, &resource),
                beyond_bearer::bound_to_certificate(&lines, &tokens, &resource),
                beyond_bearer::stepped_up(&lines, &tokens, &resource),
                beyond_bearer::opaque(&lines, &tokens, &resource, issuer),
                Section {
                    title: "Why",
                    lines: vec![
                        why("BOUND", issuer.url(), audience).with_proof(&format!("{api}/api/private")),
                        why("OPAQUE", issuer.url(), audience).asking_as("api", "api-secret"),
                        why("READER", issuer.url(), audience).with_scopes("api:read api:write"),
                    ],
                },
            ],
        }
    }
}
