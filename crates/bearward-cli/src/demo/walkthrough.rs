//! What to paste into a shell, in what order, and what comes of it.
//!
//! Each command is one line that works as it stands in bash and zsh, with curl, sed and cut alone; the token
//! lines of the first section set the variables that later ones use.

use std::fmt;
use std::time::{Duration, SystemTime};

use bearward_issuer::RunningIssuer;

/// A guided tour of one running demo.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Walkthrough {
    /// Where the API is.
    pub api: String,
    /// The issuer whose tokens it accepts.
    pub issuer: String,
    /// The audience its tokens must have.
    pub audience: String,
    /// The steps.
    pub sections: Vec<Section>,
}

/// Lines that show one thing.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Section {
    /// What they show.
    pub title: &'static str,
    /// The lines, in order.
    pub lines: Vec<Line>,
}

/// One line to paste.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Line {
    /// The status of the answer; `None` for lines that do not call the API.
    pub status: Option<u16>,
    /// What the line shows.
    pub about: String,
    /// The line.
    pub command: String,
}

/// A token as old as this expired an hour ago.
const TWO_HOURS: Duration = Duration::from_secs(2 * 60 * 60);

/// `{"alg":"none"}` in base64url.
const UNSIGNED_HEADER: &str = "eyJhbGciOiJub25lIn0";

impl Walkthrough {
    /// With tokens of the embedded authorization server, right and wrong ones.
    pub(super) fn embedded(api: &str, audience: &str, issuer: &RunningIssuer) -> Self {
        let lines = Lines { api };
        let token = |variable, about: &str, client, parameters: &str| Line {
            status: None,
            about: about.to_owned(),
            command: token_command(&issuer.token_endpoint(), variable, client, parameters),
        };
        let resource = format!("resource={audience}");
        let in_organization = format!("{resource} -d organization_id=org_1");
        let two_hours_ago = SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default().saturating_sub(TWO_HOURS);
        let issued_at = i64::try_from(two_hours_ago.as_secs()).unwrap_or_default();
        let expired = issuer.mint().audience(audience).scope("read:messages").issued_at(issued_at).sign();

        let tokens = vec![
            token("TOKEN", "a token with every scope of the API", "demo", &resource),
            token(
                "READER",
                "one of a client that may do less: only the scope read:messages",
                "reader",
                &resource,
            ),
            token("MEMBER", "one for the organization org_1 itself", "demo", "organization_id=org_1"),
            token("WITHIN", "one for the API within the organization org_1", "demo", &in_organization),
            token("OTHER", "one for another API", "demo", "resource=https://other.example.com"),
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
            sections: vec![
                Section { title: "Get tokens", lines: tokens },
                Section { title: "What passes", lines: good.into() },
                Section { title: "What is refused", lines: refused.collect() },
                Section { title: "Why", lines: vec![why("READER", issuer.url(), audience)] },
            ],
        }
    }

    /// With a token that the reader brings along.
    pub(super) fn external(api: &str, issuer: &str, audience: &str) -> Self {
        let lines = Lines { api };
        let paste = Line {
            status: None,
            about: "paste an access token of that authorization server for that audience between the quotes"
                .to_owned(),
            command: "TOKEN=''".to_owned(),
        };
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
            sections: vec![
                Section { title: "Bring a token", lines: vec![paste] },
                Section { title: "What passes", lines: good.into() },
                Section { title: "What is refused", lines: refused.collect() },
                Section { title: "Why", lines: vec![why("TOKEN", issuer, audience)] },
            ],
        }
    }
}

/// Writes lines for one API.
struct Lines<'a> {
    api: &'a str,
}

impl Lines<'_> {
    fn get(&self, status: u16, about: &str, path: &str, token: Option<&str>) -> Line {
        let header = token.map(|token| format!("Authorization: Bearer {token}"));
        self.get_with(status, about, path, header.as_deref())
    }

    fn get_with(&self, status: u16, about: &str, path: &str, header: Option<&str>) -> Line {
        // `-w` ends the line: the next prompt is not glued to the body.
        let header = header.map(|header| format!("-H \"{header}\" ")).unwrap_or_default();
        let command = format!("curl -iw '\\n' {header}{}{path}", self.api);
        Line { status: Some(status), about: about.to_owned(), command }
    }

    /// Refusals that need no authorization server to make a token for them.
    fn refusals_of_anyone(&self) -> [Line; 4] {
        let unsigned = format!("{UNSIGNED_HEADER}.$(echo \"$TOKEN\" | cut -d. -f2).");
        [
            self.get(401, "no token", "/api/private", None),
            self.get_with(
                400,
                "a header without a token in it",
                "/api/private",
                Some("Authorization: Bearer"),
            ),
            self.get(401, "something that is no token", "/api/private", Some("not-a-token")),
            self.get(
                401,
                "a token that says it needs no signature (alg none)",
                "/api/private",
                Some(&unsigned),
            ),
        ]
    }
}

/// The command that explains a refusal, as this very program.
fn why(variable: &str, issuer: &str, audience: &str) -> Line {
    let program = std::env::current_exe().ok().and_then(|path| path.to_str().map(str::to_owned));
    let program = shell_word(program.as_deref().unwrap_or("bearward"));
    let (issuer, audience) = (shell_word(issuer), shell_word(audience));
    Line {
        status: None,
        about: "every check that a token of yours passes or fails".to_owned(),
        command: format!(
            "echo \"${variable}\" | {program} explain --issuer {issuer} --audience {audience} \
             --scope \"api:read api:write\""
        ),
    }
}

/// The text as one word of a shell's command line.
fn shell_word(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-._/:@%+,".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}

fn token_command(endpoint: &str, variable: &str, client: &str, parameters: &str) -> String {
    format!(
        "{variable}=$(curl -s {endpoint} -d grant_type=client_credentials -d client_id={client} \
         -d client_secret={client}-secret -d {parameters} \
         | sed 's/.*\"access_token\":\"\\([^\"]*\\)\".*/\\1/')"
    )
}

impl fmt::Display for Walkthrough {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "API                   {}   (open it in a browser)", self.api)?;
        writeln!(f, "authorization server  {}", self.issuer)?;
        writeln!(f, "audience              {}", self.audience)?;
        writeln!(f, "\nPaste these lines into another shell; Ctrl-C here ends the demo.")?;
        for section in &self.sections {
            writeln!(f, "\n## {}", section.title)?;
            for line in &section.lines {
                match line.status {
                    Some(status) => writeln!(f, "# {status}: {}", line.about)?,
                    None => writeln!(f, "# {}", line.about)?,
                }
                writeln!(f, "{}", line.command)?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_operator_named_stays_one_word_in_a_shell() {
        for (text, expected) in [
            ("https://issuer.example/oidc", "https://issuer.example/oidc"),
            ("my api", "'my api'"),
            ("", "''"),
            ("a'b;$(c)", r"'a'\''b;$(c)'"),
        ] {
            assert_eq!(shell_word(text), expected);
        }
    }
}
