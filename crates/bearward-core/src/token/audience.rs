//! Audiences that are more than a text: those that mean one organization, and the URI of a protected resource.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::wire::redacted::RedactedUrl;

/// The form of an audience that means one organization, such as `urn:logto:organization:{organization}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct AudienceTemplate {
    before: String,
    after: String,
}

pub(crate) const PLACEHOLDER: &str = "{organization}";

impl AudienceTemplate {
    /// Reads a template: text with the placeholder `{organization}` in it once.
    ///
    /// # Errors
    /// When the placeholder is not there exactly once, or there is nothing around it: such a template would
    /// accept every audience.
    pub fn new(template: &str) -> Result<Self, AudienceTemplateError> {
        match template.split_once(PLACEHOLDER) {
            Some((before, after)) if !before.is_empty() && !after.contains(PLACEHOLDER) => {
                Ok(Self { before: before.to_owned(), after: after.to_owned() })
            }
            _ => Err(AudienceTemplateError(RedactedUrl::of(template))),
        }
    }

    /// Logto's: `urn:logto:organization:{organization}`.
    pub(crate) fn logto() -> Self {
        Self { before: "urn:logto:organization:".to_owned(), after: String::new() }
    }

    /// The organization that an audience means, if it has this form.
    pub(crate) fn organization_of<'a>(&self, audience: &'a str) -> Option<&'a str> {
        let id = audience.strip_prefix(&*self.before)?.strip_suffix(&*self.after)?;
        (!id.is_empty()).then_some(id)
    }
}

impl TryFrom<String> for AudienceTemplate {
    type Error = AudienceTemplateError;

    fn try_from(template: String) -> Result<Self, AudienceTemplateError> {
        Self::new(&template)
    }
}

impl From<AudienceTemplate> for String {
    fn from(template: AudienceTemplate) -> Self {
        [&template.before, PLACEHOLDER, &template.after].concat()
    }
}

/// A text is not an audience template: it lacks the placeholder `{organization}`, or text before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AudienceTemplateError(RedactedUrl);

impl fmt::Display for AudienceTemplateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "the organization audience {:?} needs the placeholder {{organization}} exactly once, with text before it",
            self.0
        )
    }
}

impl std::error::Error for AudienceTemplateError {}

/// Whether two URIs name one protected resource (RFC 8707): scheme and host are compared without case (RFC 3986 §6.2.2.1),
/// and one slash at the end of the path may be absent. Everything else is compared as it is written.
pub(crate) fn is_same_resource(one: &str, other: &str) -> bool {
    let (Some((one, one_path)), Some((other, other_path))) = (canonical(one), canonical(other)) else {
        return one == other;
    };
    one.eq_ignore_ascii_case(other) && one_path == other_path
}

/// Scheme and authority, and the path without its last slash. `None` for what is no such URI: one without a host, or with
/// userinfo or a fragment, which no resource has. Of one with a query, nothing is left out.
fn canonical(uri: &str) -> Option<(&str, &str)> {
    let authority = uri.find("://").filter(|colon| *colon > 0)? + "://".len();
    let path = uri[authority..].find(['/', '?', '#']).map_or(uri.len(), |at| authority + at);
    let (origin, path) = uri.split_at(path);
    if origin.len() == authority || origin.contains('@') || path.contains('#') {
        return None;
    }
    let path = if path.contains('?') { path } else { path.strip_suffix('/').unwrap_or(path) };
    Some((origin, path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_resource_is_the_same_in_each_case_of_its_host_and_with_or_without_its_last_slash() {
        let resource = "https://api.example.com/mcp";
        for same in [
            "https://api.example.com/mcp",
            "https://api.example.com/mcp/",
            "HTTPS://API.Example.COM/mcp",
            "https://API.example.com/mcp/",
        ] {
            assert!(is_same_resource(resource, same) && is_same_resource(same, resource), "{same}");
        }
        for other in [
            "",
            "https://api.example.com",
            "https://api.example.com/",
            "https://api.example.com/MCP",
            "https://api.example.com/mcp//",
            "https://api.example.com/mcp/x",
            "https://api.example.com/mcpx",
            "https://api.example.com/%6dcp",
            "https://api.example.com/mcp?",
            "https://api.example.com/mcp/?a=b",
            "https://api.example.com/mcp#",
            "https://api.example.com/mcp#/",
            "https://api.example.com:443/mcp",
            "https://api.example.com./mcp",
            "https://x@api.example.com/mcp",
            "https://api.example.com.evil.example/mcp",
            "https://xapi.example.com/mcp",
            "http://api.example.com/mcp",
            "api.example.com/mcp",
            "://api.example.com/mcp",
            "https:///mcp",
            " https://api.example.com/mcp",
            "https://api.example.com/mcp ",
        ] {
            assert!(!is_same_resource(resource, other) && !is_same_resource(other, resource), "{other}");
        }
        assert!(is_same_resource("https://a.example", "https://A.example/"));
        assert!(!is_same_resource("https://a.example/?q=1", "https://a.example?q=1"));
        // A text that is not a URI is compared as it is.
        assert!(is_same_resource("urn:example:api", "urn:example:api"));
        assert!(!is_same_resource("urn:example:api", "URN:example:api/"));
    }
}
