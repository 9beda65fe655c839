//! What the introspection endpoint answers, and how far it is believed.

use std::fmt;
use std::time::Duration;

use http::{HeaderMap, StatusCode, header};
use serde_json::Value;

use super::config::IntrospectionAnswers;
use super::error::IntrospectionError;
use crate::token::claims::{ClaimsSet, Member};
use crate::token::unverified::UnverifiedToken;
use crate::trust::fetch_answer::FetchAnswer;
use crate::wire::json::{Json, JsonError, Object};
use crate::wire::time::{Now, NumericDate};

/// An answer serves everyone for so long.
const LEAST_LIFE: Duration = Duration::from_secs(1);

/// How old a signed answer may be when it arrives: it was made for this very call.
const MOST_AGE: Duration = Duration::from_secs(60);

/// An answer that says, or may say, that the token is active. It is still to be verified and validated.
pub(crate) struct Answered {
    pub(crate) content: Content,
    pub(crate) age: AnswerAge,
    until: Duration,
}

/// When the server has answered, and when that got here: through a shared store, it may have taken a while.
#[derive(Debug, Clone, Copy)]
pub(crate) struct AnswerAge {
    arrived: Now,
    then: Duration,
}

/// The kinds of answer.
pub(crate) enum Content {
    /// The text of a JSON object whose `active` is `true`.
    Json(Box<str>),
    /// A JWS that holds the answer (RFC 9701 §5).
    SignedJwt(Box<str>),
    /// The JWT that the token stands for.
    PhantomJwt(Box<str>),
}

/// What an answer turned out to be.
pub(crate) enum Reading {
    Inactive,
    MaybeActive(Content),
}

impl Content {
    /// Whether it lets no token in, even if it is believed. A signed answer is looked into before its signature is
    /// verified, which is good enough to keep a refusal for less long, and for nothing else.
    pub(crate) fn is_unverified_refusal(&self) -> bool {
        let Self::SignedJwt(jwt) = self else { return false };
        let Ok(answer) = UnverifiedToken::parse_introspection_answer(jwt) else { return true };
        let introspection = answer.unverified_claims().get("token_introspection");
        introspection.and_then(|said| said.get("active")) != Some(&Value::Bool(true))
    }
}

impl AnswerAge {
    /// An answer that was of this age when it arrived.
    pub(crate) fn new(arrived: Now, then: Duration) -> Self {
        Self { arrived, then }
    }

    /// When the server answered.
    pub(crate) fn said(self) -> NumericDate {
        self.arrived.date().minus(self.then)
    }

    /// Until when an answer serves that may serve for so long: at least as long as it takes to hand it to
    /// everyone who waits.
    pub(crate) fn until(self, life: Duration) -> Duration {
        self.arrived.uptime().saturating_add(life.saturating_sub(self.then).max(LEAST_LIFE))
    }

    /// The same, but no longer than a token lives that lives until then.
    pub(crate) fn until_expiry(self, life: Duration, expires_at: Option<NumericDate>, now: Now) -> Duration {
        let left = expires_at.map_or(Duration::MAX, |expiry| expiry.since(now.date()));
        self.until(life).min(now.uptime().saturating_add(left)).max(self.until(Duration::ZERO))
    }
}

impl Answered {
    pub(crate) fn new(content: Content, age: AnswerAge, life: Duration) -> Self {
        Self { content, age, until: age.until(life) }
    }

    /// Until when it is remembered if nobody can validate it.
    pub(crate) fn until(&self) -> Duration {
        self.until
    }

    pub(crate) fn bytes(&self) -> usize {
        let (Content::Json(text) | Content::SignedJwt(text) | Content::PhantomJwt(text)) = &self.content;
        size_of::<Self>() + text.len()
    }
}

impl fmt::Debug for Answered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Answered(..)")
    }
}

impl IntrospectionAnswers {
    pub(crate) const fn accept(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::SignedJwt => "application/token-introspection+jwt",
            Self::PhantomJwt => "application/jwt",
        }
    }

    /// Reads an answer as far as that needs no key.
    pub(crate) fn read(
        self,
        answer: FetchAnswer<'_>,
        max_bytes: usize,
    ) -> Result<Reading, IntrospectionError> {
        match answer.status {
            StatusCode::OK => {}
            StatusCode::NO_CONTENT if self == Self::PhantomJwt => return Ok(Reading::Inactive),
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
                return Err(IntrospectionError::ClientRefused(answer.status.as_u16()));
            }
            status if status.is_redirection() => return Err(IntrospectionError::Redirect),
            status => return Err(IntrospectionError::Status(status.as_u16())),
        }
        if answer.body.len() > max_bytes {
            return Err(IntrospectionError::TooLarge);
        }
        let text = || {
            let text = std::str::from_utf8(answer.body);
            text.map_err(|_| IntrospectionError::Json(JsonError::Syntax))
        };
        match (self, media_type(answer.headers).as_deref()) {
            (Self::Json, Some("application/json")) => {
                let text = text()?;
                Ok(if is_active(text)? {
                    Reading::MaybeActive(Content::Json(text.into()))
                } else {
                    Reading::Inactive
                })
            }
            (Self::SignedJwt, Some("application/token-introspection+jwt")) => {
                Ok(Reading::MaybeActive(Content::SignedJwt(text()?.trim().into())))
            }
            (Self::PhantomJwt, Some("application/jwt")) => {
                Ok(Reading::MaybeActive(Content::PhantomJwt(text()?.trim().into())))
            }
            // A refusal needs no JWT; JSON that calls the token active is not a phantom token.
            (Self::PhantomJwt, Some("application/json")) if !is_active(text()?)? => Ok(Reading::Inactive),
            _ => Err(IntrospectionError::ContentType),
        }
    }
}

/// Takes the introspection out of the claims of a verified answer (RFC 9701 §5): the text of a JSON object, or
/// `None` when it says that the token is not active.
pub(crate) fn signed_introspection(
    answer: &ClaimsSet,
    issuer: &str,
    client_id: &str,
    said: NumericDate,
    tolerance: Duration,
) -> Result<Option<String>, IntrospectionError> {
    if answer.issuer() != Member::Present(issuer) {
        return Err(IntrospectionError::Issuer);
    }
    let is_ours =
        answer.audience().present().is_some_and(|mut all| all.any(|audience| audience == client_id));
    if !is_ours {
        return Err(IntrospectionError::Audience);
    }
    let Member::Present(issued) = answer.issued_at else {
        return Err(IntrospectionError::Stale);
    };
    let is_fresh = issued <= said.plus(tolerance) && said < issued.plus(MOST_AGE).plus(tolerance);
    let is_over = match answer.expires_at {
        Member::Absent => false,
        Member::Malformed => true,
        Member::Present(expiry) => said >= expiry.plus(tolerance),
    };
    if !is_fresh || is_over {
        return Err(IntrospectionError::Stale);
    }
    let introspection = answer.get("token_introspection").filter(|introspection| introspection.is_object());
    let text = introspection.ok_or(IntrospectionError::NoIntrospection)?.to_string();
    Ok(is_active(&text)?.then_some(text))
}

/// What `active` says, which must be there and a boolean: not `"true"`, not `1` (RFC 7662 §2.2). An answer without
/// it, such as an error under the status 200, tells nothing of the token.
fn is_active(text: &str) -> Result<bool, IntrospectionError> {
    let answer = Object::parse(text).map_err(IntrospectionError::Json)?;
    match answer.get("active") {
        Some(Json::Bool(active)) => Ok(*active),
        _ => Err(IntrospectionError::NoActive),
    }
}

/// The media type in lower case, without its parameters; `None` where there is not exactly one.
fn media_type(headers: &HeaderMap) -> Option<String> {
    let mut values = headers.get_all(header::CONTENT_TYPE).iter();
    let (value, None) = (values.next()?, values.next()) else { return None };
    let essence = value.to_str().ok()?.split(';').next()?;
    Some(essence.trim().to_ascii_lowercase())
}
