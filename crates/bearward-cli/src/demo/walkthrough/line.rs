//! How a line is written.

use super::Line;

/// `{"alg":"none"}` in base64url.
const UNSIGNED_HEADER: &str = "eyJhbGciOiJub25lIn0";

/// Writes lines for one API.
pub(super) struct Lines<'a> {
    pub(super) api: &'a str,
}

/// Writes lines that fetch tokens.
pub(super) struct Tokens<'a> {
    pub(super) endpoint: &'a str,
}

impl Lines<'_> {
    pub(super) fn get(&self, status: u16, about: &str, path: &str, token: Option<&str>) -> Line {
        let header = token.map(|token| format!("Authorization: Bearer {token}"));
        self.get_with(status, about, path, header.as_deref())
    }

    pub(super) fn get_with<'h>(
        &self,
        status: u16,
        about: &str,
        path: &str,
        headers: impl IntoIterator<Item = &'h str>,
    ) -> Line {
        // `-w` ends the line: the next prompt is not glued to the body.
        let headers: String = headers.into_iter().map(|header| format!("-H \"{header}\" ")).collect();
        let command = format!("curl -iw '\\n' {headers}{}{path}", self.api);
        Line { status: Some(status), about: about.to_owned(), command }
    }

    /// Refusals that need no authorization server to make a token for them.
    pub(super) fn refusals_of_anyone(&self) -> [Line; 4] {
        let unsigned = format!("{UNSIGNED_HEADER}.$(echo \"$TOKEN\" | cut -d. -f2).");
        [
            self.get(401, "no token", "/api/private", None),
            self.get_with(
                400,
                "a header without a token in it",
                "/api/private",
                Some("Authorization: Bearer"),
            ),
            self.get(
                401,
                "something that is not a token, not even an opaque one",
                "/api/private",
                Some("not-a-token"),
            ),
            self.get(
                401,
                "a token that says it needs no signature (alg none)",
                "/api/private",
                Some(&unsigned),
            ),
        ]
    }
}

impl Tokens<'_> {
    /// Sets the variable to a token of this client.
    pub(super) fn fetch(&self, variable: &str, about: &str, client: &str, parameters: &str) -> Line {
        self.fetch_with(variable, about, client, parameters, "")
    }

    /// The same with a header, which binds the token.
    pub(super) fn fetch_with(
        &self,
        variable: &str,
        about: &str,
        client: &str,
        parameters: &str,
        header: &str,
    ) -> Line {
        let endpoint = self.endpoint;
        let header = if header.is_empty() { String::new() } else { format!(" -H \"{header}\"") };
        let command = format!(
            "{variable}=$(curl -s {endpoint}{header} -d grant_type=client_credentials -d client_id={client} \
             -d client_secret={client}-secret -d {parameters} \
             | sed 's/.*\"access_token\":\"\\([^\"]*\\)\".*/\\1/')"
        );
        Line::set(about, command)
    }
}

impl Line {
    /// One that calls nothing of the API.
    pub(super) fn set(about: &str, command: String) -> Self {
        Self { status: None, about: about.to_owned(), command }
    }

    /// Explains what the route requires as well.
    pub(super) fn with_scopes(self, scopes: &str) -> Self {
        Self { command: format!("{} --scope \"{scopes}\"", self.command), ..self }
    }

    /// Explains with these flags.
    pub(super) fn with_flags(self, flags: &str) -> Self {
        Self { command: format!("{}{flags}", self.command), ..self }
    }

    /// Explains a token that its issuer is asked about, as the client `api` of the demo.
    pub(super) fn asking_as(self, id: &str, secret: &str) -> Self {
        let about = format!("{}, as its issuer sees it", self.about);
        let command = self.command.replacen(" | ", &format!(" | CLIENT_SECRET={secret} "), 1);
        Self { about, command: format!("{command} --client-id {id}"), ..self }
    }

    /// Explains the proof that was sent to this URL as well.
    pub(super) fn with_proof(self, url: &str) -> Self {
        let about = format!("{}, and its proof", self.about);
        Self { about, command: format!("{} --dpop-proof \"$PROOF\" --url {url}", self.command), ..self }
    }
}

/// The command that explains a refusal, as this very program.
pub(super) fn why(variable: &str, issuer: &str, audience: &str) -> Line {
    let (program, issuer, audience) = (program(), shell_word(issuer), shell_word(audience));
    Line::set(
        "every check that a token of yours passes or fails",
        format!("echo \"${variable}\" | {program} explain --issuer {issuer} --audience {audience}"),
    )
}

/// This very program, as a word of a shell's command line.
pub(super) fn program() -> String {
    let program = std::env::current_exe().ok().and_then(|path| path.to_str().map(str::to_owned));
    shell_word(program.as_deref().unwrap_or("bearward"))
}

/// The text as one word of a shell's command line.
pub(super) fn shell_word(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-._/:@%+,".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
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
