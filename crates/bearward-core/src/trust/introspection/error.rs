//! Why an introspection gave no usable answer.

use std::fmt;

use crate::token::error::TokenError;
use crate::trust::url::UrlError;
use crate::wire::json::JsonError;

/// Why the authorization server's answer about a token is of no use. Holds nothing of the answer's text.
///
/// It is the server's failure, or the operator's, and never the client's: the request is answered 503.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum IntrospectionError {
    /// The issuer's metadata, which would name the endpoint, could not be fetched.
    NoMetadata,
    /// The issuer's metadata name no `introspection_endpoint`.
    NoEndpoint,
    /// The `introspection_endpoint` of the metadata may not be asked.
    Endpoint(UrlError),
    /// The client assertion could not be signed.
    Signing,
    /// No answer came: the fetch's own error says why.
    NoAnswer,
    /// The call was given up before it had an answer.
    Abandoned,
    /// Calls have gone unanswered one after the other, so there is a pause.
    Pause,
    /// The endpoint answered with a redirect, which is not followed.
    Redirect,
    /// The endpoint answered with this status, 401 or 403: it does not know or accept this resource server as a
    /// client.
    ClientRefused(u16),
    /// The endpoint answered with another status than 200.
    Status(u16),
    /// The answer is longer than [`Limits::max_introspection_bytes`](crate::trust::Limits::max_introspection_bytes).
    TooLarge,
    /// The answer's `Content-Type` is not that of the kind of answer that was asked for.
    ContentType,
    /// The answer is not a strict JSON object, or not text.
    Json(JsonError),
    /// The answer has no boolean `active` (RFC 7662 §2.2).
    NoActive,
    /// The answer should be a signed JWT, and cannot be used as one.
    Token(TokenError),
    /// The issuer has no key for the answer's `kid` and `alg`.
    Key,
    /// The answer's signature is not the key's.
    Signature,
    /// The answer's `iss` is not the issuer.
    Issuer,
    /// The signed answer's `aud` does not name this resource server's client id.
    Audience,
    /// The signed answer was not made just now, by its `iat` or `exp`, or does not say when.
    Stale,
    /// The signed answer has no object `token_introspection`.
    NoIntrospection,
    /// The answer's `token_type` is `DPoP`, and no `cnf.jkt` says to which key the token is bound.
    KeyNotNamed,
    /// The token is a JWT with a `cnf`, and the answer has no `cnf` or another.
    Binding,
}

impl IntrospectionError {
    /// The stable name of the failure, in `snake_case`.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NoMetadata => "metadata_unavailable",
            Self::NoEndpoint => "endpoint_missing",
            Self::Endpoint(_) => "endpoint_malformed",
            Self::Signing => "client_assertion_not_signed",
            Self::NoAnswer => "no_answer",
            Self::Abandoned => "call_abandoned",
            Self::Pause => "pause",
            Self::Redirect => "redirect",
            Self::ClientRefused(_) => "client_refused",
            Self::Status(_) => "unexpected_status",
            Self::TooLarge => "answer_too_large",
            Self::ContentType => "content_type_mismatch",
            Self::Json(_) => "answer_malformed",
            Self::NoActive => "active_missing",
            Self::Token(_) => "answer_token_malformed",
            Self::Key => "answer_key_unknown",
            Self::Signature => "answer_signature_invalid",
            Self::Issuer => "answer_issuer_mismatch",
            Self::Audience => "answer_audience_mismatch",
            Self::Stale => "answer_stale",
            Self::NoIntrospection => "token_introspection_missing",
            Self::KeyNotNamed => "answer_key_not_named",
            Self::Binding => "answer_binding_mismatch",
        }
    }
}

impl fmt::Display for IntrospectionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoMetadata => "the issuer's metadata could not be fetched",
            Self::NoEndpoint => {
                "the issuer's metadata have no introspection_endpoint; set introspection.endpoint"
            }
            Self::Endpoint(why) => {
                return write!(f, "the introspection_endpoint of the metadata cannot be used: {why}");
            }
            Self::Signing => "the client assertion could not be signed",
            Self::NoAnswer => "no answer came from the introspection endpoint",
            Self::Abandoned => "the introspection call was given up before it had an answer",
            Self::Pause => "the introspection endpoint did not answer the last calls; the next call is made after a pause",
            Self::Redirect => "the introspection endpoint redirects, which is not followed",
            Self::ClientRefused(status) => {
                return write!(
                    f,
                    "the introspection endpoint answered {status}: it does not accept this resource server as a \
                     client; check the client id, its secret or key, the authentication method registered for it, \
                     and that it may introspect"
                );
            }
            Self::Status(status) => {
                return write!(f, "the introspection endpoint answered {status}");
            }
            Self::TooLarge => "the introspection answer is longer than the limit",
            Self::ContentType => "the introspection answer is not of the content type that was asked for",
            Self::Json(why) => return write!(f, "the introspection answer cannot be read: {why}"),
            Self::NoActive => "the introspection answer has no boolean active",
            Self::Token(why) => return write!(f, "the JWT of the introspection answer cannot be used: {why}"),
            Self::Key => "the signing key of the introspection answer is unknown",
            Self::Signature => "the signature of the introspection answer is invalid",
            Self::Issuer => "the introspection answer is another issuer's",
            Self::Audience => "the introspection answer is for another client",
            Self::Stale => "the introspection answer was not made just now: see its iat and exp",
            Self::NoIntrospection => "the signed introspection answer has no object token_introspection",
            Self::KeyNotNamed => "the introspection answer calls the token DPoP-bound and has no cnf.jkt",
            Self::Binding => "the introspection answer and the JWT that it describes have different cnf",
        })
    }
}

impl std::error::Error for IntrospectionError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Endpoint(why) => Some(why),
            Self::Json(why) => Some(why),
            Self::Token(why) => Some(why),
            _ => None,
        }
    }
}
