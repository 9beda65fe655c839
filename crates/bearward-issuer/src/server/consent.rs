//! The pages of the authorization endpoint.

use std::fmt::{self, Write as _};

use crate::code_flow::redirect_uri::RedirectUri;
use crate::code_flow::registration::RegisteredClient;
use crate::grant::decision::Grant;

/// What the user is asked.
pub(crate) struct Question {
    client: String,
    scopes: String,
    resource: String,
    destination: String,
}

impl Question {
    pub(crate) fn new(client: &RegisteredClient, redirect_uri: &RedirectUri, grant: &Grant) -> Self {
        Self {
            client: client.name.clone().unwrap_or_else(|| client.id.clone()),
            scopes: grant.scopes.join(" "),
            resource: grant.audience.clone(),
            destination: redirect_uri.to_string(),
        }
    }

    pub(crate) fn render(&self, action: &str, handle: &str) -> String {
        let Self { client, scopes, resource, destination } = self;
        format!(
            "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<title>Allow access?</title>\n\
             <h1>Allow access?</h1>\n\
             <p>A program that calls itself <strong>{}</strong> asks for <strong>{}</strong> at <code>{}</code>.</p>\n\
             <p>The answer goes to <code>{}</code>.</p>\n\
             <form method=\"post\" action=\"{}\">\n\
             <input type=\"hidden\" name=\"request\" value=\"{}\">\n\
             <button name=\"decision\" value=\"allow\">Allow</button>\n\
             <button name=\"decision\" value=\"deny\">Deny</button>\n\
             </form>\n</html>\n",
            Escaped(client),
            Escaped(if scopes.is_empty() { "access" } else { scopes }),
            Escaped(resource),
            Escaped(destination),
            Escaped(action),
            Escaped(handle),
        )
    }
}

/// Why there is no question, and nowhere to go back to.
pub(crate) struct Complaint(pub(crate) &'static str);

impl fmt::Display for Complaint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let reason = Escaped(self.0);
        write!(f, "<!doctype html>\n<title>Not possible</title>\n<h1>Not possible</h1>\n<p>{reason}</p>\n")
    }
}

/// Text that stays text in HTML, between tags and within quoted attributes.
struct Escaped<'t>(&'t str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.chars().try_for_each(|character| match character {
            '&' => f.write_str("&amp;"),
            '<' => f.write_str("&lt;"),
            '>' => f.write_str("&gt;"),
            '"' => f.write_str("&quot;"),
            '\'' => f.write_str("&#39;"),
            other => f.write_char(other),
        })
    }
}
