//! Stage 1: the credential is taken out of the request (RFC 6750 §2, RFC 9110 §11.4, RFC 9449 §7.1).
//!
//! 1. There may be one `Authorization` header: two of them are an error, never a choice.
//! 2. The scheme is `Bearer` or, where that is accepted, `DPoP`, compared without regard to case; another
//!    scheme is as good as none.
//! 3. What follows is one token68, in ASCII, no longer than the limit.
//! 4. Where another [`TokenPlace`] is set, that one is believed and no other; a token in one of RFC 6750's places
//!    beside it is an error.
//! 5. A token in a form body or the query counts only where that is switched on; a second way of sending
//!    one is an error in any case. Sent so, it is a bearer token: the `DPoP` scheme is the header's alone.
//! 6. What else the request tells of its [`Sender`] goes along with the token, to be looked at only once
//!    the token is known to be bound to somebody.
//!
//! Does not check: whether the token is one, and whether the sender may use it.

mod error;
mod place;

use std::borrow::Cow;

use http::HeaderMap;
use http::header::AUTHORIZATION;

pub use self::error::CredentialError;
pub(crate) use self::place::{BesideAuthorization, Found};
pub use self::place::{PlaceError, TokenCookie, TokenHeader, TokenPlace, TokenSubprotocol};
use crate::request::connection::Sender;
use crate::wire::fields::{is_token, token68};
use crate::wire::percent;

/// What a request presents to be let in.
#[derive(Clone)]
pub struct Credential<'r> {
    token: Cow<'r, str>,
    scheme: Scheme,
    found: Found,
    sender: Option<Sender<'r>>,
}

/// How an access token is presented (RFC 9110 §11.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scheme {
    /// RFC 6750: by itself.
    Bearer,
    /// RFC 9449 §7.1: with a proof that the sender holds the key it is bound to.
    Dpop,
}

impl std::fmt::Debug for Credential<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Credential(..)")
    }
}

/// The places a credential may be sent in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct CredentialRules<'p> {
    /// Where the token is.
    pub place: &'p TokenPlace,
    /// The name of a form field or query parameter is fixed by RFC 6750: `access_token`.
    pub query: QueryTokens,
    /// Longest token, in bytes.
    pub max_token_bytes: usize,
    /// Whether `DPoP` is a scheme that is looked at.
    pub dpop: DpopScheme,
}

/// Whether a credential of the scheme `DPoP` is one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DpopScheme {
    /// It is treated as absent, like that of any other scheme.
    Ignore,
    /// It is one.
    Accept,
}

/// Whether a token in the query is a credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QueryTokens {
    /// It is ignored, as RFC 6750 §2.3 and RFC 9700 §4.3.2 advise: URLs end up in logs and histories.
    Ignore,
    /// It is accepted.
    Accept,
}

static AUTHORIZATION_HEADER: TokenPlace = TokenPlace::Authorization;

impl CredentialRules<'static> {
    /// Bearer tokens in the header alone (and in a form body where the caller hands one over).
    #[must_use]
    pub const fn new(query: QueryTokens, max_token_bytes: usize) -> Self {
        Self { place: &AUTHORIZATION_HEADER, query, max_token_bytes, dpop: DpopScheme::Ignore }
    }
}

impl CredentialRules<'_> {
    /// The same for tokens in another place. Tokens in the query are then ignored.
    pub(crate) const fn place(self, place: &TokenPlace) -> CredentialRules<'_> {
        CredentialRules { place, query: self.query, max_token_bytes: self.max_token_bytes, dpop: self.dpop }
    }

    /// Accepts tokens in the query, or ignores them.
    #[must_use]
    pub const fn query(self, query: QueryTokens) -> Self {
        Self { query, ..self }
    }

    /// Accepts the scheme `DPoP` too, or ignores it.
    pub(crate) const fn dpop(self, dpop: DpopScheme) -> Self {
        Self { dpop, ..self }
    }
}

const PARAMETER: &str = "access_token";

/// Most spaces between scheme and token that are read over before a longest token; every client writes one.
const MOST_SPACES: usize = 16;

impl<'r> Credential<'r> {
    /// Takes the credential out of a request's head, and of its form body where there is one
    /// (`application/x-www-form-urlencoded`, handed over only by callers that accept it).
    ///
    /// `Ok(None)` means that nothing was presented: no credential, or another scheme.
    ///
    /// # Errors
    /// [`CredentialError`] when something was presented in a wrong way; the answer is 400.
    pub fn extract(
        headers: &'r HeaderMap,
        query: Option<&'r str>,
        form: Option<&'r [u8]>,
        rules: CredentialRules<'_>,
    ) -> Result<Option<Self>, CredentialError> {
        if !rules.place.is_authorization() {
            return Self::in_place(headers, query, form, rules);
        }
        let mut values = headers.get_all(AUTHORIZATION).iter();
        let header = values.next();
        if values.next().is_some() {
            return Err(CredentialError::RepeatedHeader);
        }
        let header =
            header.map(|value| Self::in_authorization(value.as_bytes(), rules)).transpose()?.flatten();
        let form = form.map(parameter).transpose()?.flatten();
        let in_query = query.map_or(Ok(None), |query| parameter(query.as_bytes()));
        let several = match in_query {
            Ok(None) => header.is_some() && form.is_some(),
            Ok(Some(_)) | Err(_) => header.is_some() || form.is_some(),
        };
        if several {
            return Err(CredentialError::SeveralMethods);
        }
        let query = match rules.query {
            QueryTokens::Accept => in_query?,
            QueryTokens::Ignore => None,
        };
        if header.is_some() {
            return Ok(header);
        }
        let elsewhere = query.or(form);
        elsewhere.map(|token| Self::bounded(Found::Parameter, token, rules)).transpose()
    }

    /// The token of the place that is set. RFC 6750 §2: a client must not send it in two ways.
    fn in_place(
        headers: &'r HeaderMap,
        query: Option<&'r str>,
        form: Option<&'r [u8]>,
        rules: CredentialRules<'_>,
    ) -> Result<Option<Self>, CredentialError> {
        let Some(token) = rules.place.find(headers, rules.max_token_bytes)? else { return Ok(None) };
        let has_scheme = |value: &http::HeaderValue| Scheme::of_value(value.as_bytes()).is_some();
        let in_authorization =
            rules.place.excludes_authorization() && headers.get_all(AUTHORIZATION).iter().any(has_scheme);
        let has_parameter = |text: &[u8]| !matches!(parameter(text), Ok(None));
        let in_parameter = query.map(str::as_bytes).into_iter().chain(form).any(has_parameter);
        if in_authorization || in_parameter {
            return Err(CredentialError::SeveralMethods);
        }
        Self::bounded(Found::Place, Cow::Borrowed(token), rules).map(Some)
    }

    /// `Bearer` 1*SP token68, or the same with `DPoP`; `None` for another scheme.
    fn in_authorization(
        value: &'r [u8],
        rules: CredentialRules<'_>,
    ) -> Result<Option<Self>, CredentialError> {
        let name_length = value.iter().position(|byte| *byte == b' ').unwrap_or(value.len());
        let (name, rest) = value.split_at(name_length);
        let scheme = match Scheme::named(name) {
            Some(Scheme::Dpop) if rules.dpop == DpopScheme::Ignore => return Ok(None),
            Some(scheme) => scheme,
            None if is_token(name) => return Ok(None),
            None => return Err(CredentialError::Malformed),
        };
        // The length first: what is too long is not looked at byte by byte.
        if rest.len() > rules.max_token_bytes.saturating_add(MOST_SPACES) {
            return Err(CredentialError::TooLarge);
        }
        let token = rest.iter().position(|byte| *byte != b' ').map_or(&[][..], |start| &rest[start..]);
        let token = token68(token).ok_or(CredentialError::Malformed)?;
        if token.len() > rules.max_token_bytes {
            return Err(CredentialError::TooLarge);
        }
        Ok(Some(Self { token: Cow::Borrowed(token), scheme, found: Found::Authorization, sender: None }))
    }

    /// Takes the credential out of the value of an `Authorization` header, for callers that have seen to it
    /// that the request has one such header and no other credential.
    ///
    /// `Ok(None)` means another scheme, or that tokens are expected in another place.
    ///
    /// # Errors
    /// [`CredentialError`] when the value is malformed or the token too long; the answer is 400.
    pub fn from_authorization(
        value: &'r str,
        rules: CredentialRules<'_>,
    ) -> Result<Option<Self>, CredentialError> {
        if !rules.place.is_authorization() {
            return Ok(None);
        }
        Self::in_authorization(value.as_bytes(), rules)
    }

    /// A bearer token that is already at hand, outside any request: on a command line, in a test.
    ///
    /// # Errors
    /// [`CredentialError`] if the text is not a token68 or too long.
    pub fn from_token(token: &'r str, rules: CredentialRules<'_>) -> Result<Self, CredentialError> {
        // The length first, so that no time is spent on each byte of a text that is refused anyway.
        let credential = Self::bounded(Found::Authorization, Cow::Borrowed(token), rules)?;
        rules.place.token(token.as_bytes()).ok_or(CredentialError::Malformed)?;
        Ok(credential)
    }

    /// A bearer token that is not too long.
    fn bounded(
        found: Found,
        token: Cow<'r, str>,
        rules: CredentialRules<'_>,
    ) -> Result<Self, CredentialError> {
        match token.len() > rules.max_token_bytes {
            true => Err(CredentialError::TooLarge),
            false => Ok(Self { token, scheme: Scheme::Bearer, found, sender: None }),
        }
    }

    /// Adds what is known of the sender. Without it no token that is bound to somebody passes.
    #[must_use]
    pub fn sent_by(self, sender: Sender<'r>) -> Self {
        Self { sender: Some(sender), ..self }
    }

    /// The same credential without the request it was taken out of, and without its sender: for a request that waits.
    #[must_use]
    pub fn into_owned(self) -> Credential<'static> {
        let token = Cow::Owned(self.token.into_owned());
        Credential { token, scheme: self.scheme, found: self.found, sender: None }
    }

    /// The same token, presented under this scheme: for tokens at hand outside any request.
    #[must_use]
    pub fn under(self, scheme: Scheme) -> Self {
        Self { scheme, ..self }
    }

    /// The scheme it was presented under.
    #[must_use]
    pub fn scheme(&self) -> Scheme {
        self.scheme
    }

    /// Whether it was in the `Authorization` header. Shared caches then know by themselves that the response is for
    /// this client alone (RFC 9111 §3.5); else it must say so: `Cache-Control: private` (RFC 6750 §2.3).
    #[must_use]
    pub fn is_in_authorization(&self) -> bool {
        self.found == Found::Authorization
    }

    pub(crate) fn found(&self) -> Found {
        self.found
    }

    pub(crate) fn sender(&self) -> Option<&Sender<'r>> {
        self.sender.as_ref()
    }

    /// The token as it was sent. It is a secret: any program that has it can use it.
    #[must_use]
    pub fn expose_token(&self) -> &str {
        &self.token
    }
}

impl Scheme {
    /// The scheme of a request whose credential is in its header, for whoever answers it; `Bearer` where none is.
    #[must_use]
    pub fn of(headers: &HeaderMap) -> Self {
        let value = headers.get(AUTHORIZATION).map_or(&[][..], |value| value.as_bytes());
        Self::of_value(value).unwrap_or(Self::Bearer)
    }

    /// The scheme that a header's value begins with.
    fn of_value(value: &[u8]) -> Option<Self> {
        Self::named(value.split(|byte| *byte == b' ').next().unwrap_or_default())
    }

    /// Its registered name, as challenges spell it.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Bearer => "Bearer",
            Self::Dpop => "DPoP",
        }
    }

    fn named(name: &[u8]) -> Option<Self> {
        let is = |scheme: &Self| name.eq_ignore_ascii_case(scheme.name().as_bytes());
        [Self::Bearer, Self::Dpop].into_iter().find(is)
    }
}

/// The one `access_token` of a query or form body (WHATWG URL §5.1), whose name may be percent-encoded.
fn parameter(text: &[u8]) -> Result<Option<Cow<'_, str>>, CredentialError> {
    // A name that is written out plainly is the rule; only a `%` or `+` can hide one.
    let mut found = None;
    for pair in text.split(|byte| *byte == b'&') {
        let mut halves = pair.splitn(2, |byte| *byte == b'=');
        let name = halves.next().unwrap_or_default();
        if percent::decode_form(name).as_ref() != PARAMETER.as_bytes() {
            continue;
        }
        let value = percent::decode_form(halves.next().unwrap_or_default());
        if found.is_some() {
            return Err(CredentialError::SeveralMethods);
        }
        found = Some(
            match value {
                Cow::Borrowed(value) => token68(value).map(Cow::Borrowed),
                Cow::Owned(value) => token68(&value).map(|token| Cow::Owned(token.to_owned())),
            }
            .ok_or(CredentialError::Malformed)?,
        );
    }
    Ok(found)
}

#[cfg(test)]
mod tests;
