//! Audiences that stand for one organization.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::wire::redacted::RedactedUrl;

/// The form of an audience that stands for one organization, such as `urn:logto:organization:{organization}`.
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

    /// The organization an audience stands for, if it has this form.
    #[must_use]
    pub fn organization_of<'a>(&self, audience: &'a str) -> Option<&'a str> {
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

/// A text is no audience template: it lacks the placeholder `{organization}`, or text before it.
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
