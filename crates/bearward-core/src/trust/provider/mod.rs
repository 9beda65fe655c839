//! What the tokens of well-known authorization servers look like, and what their users get wrong.
//!
//! 1. [`PROVIDERS`] is a table: one row ([`ProviderFacts`]) for each provider. It holds facts, so presets, `bearward
//!    explain` and the documentation read the same ones.
//! 2. [`Provider`] is one preset with its values: what a row makes of them is the settings of its issuers.
//! 3. [`recognise`] finds the row of a token by its issuer, its claims and its header ([`Evidence`]).
//! 4. [`hints`] says which mistake of that provider's users, or of any provider's, explains why a token is refused. Each
//!    [`Hint`] ends in what to do.
//!
//! Nothing here decides about a token. What an unverified token says is taken for what it is: a claim that somebody
//! made.

mod evidence;
mod hint;
mod issuer_form;
mod mistake;
mod preset;
mod read;
mod table;
#[cfg(test)]
mod tests;
mod variables;

use serde::Serialize;

use self::issuer_form::IssuerForm;
use self::mistake::Mistake;
use self::preset::{MemberForm, Need, Takes, Values};
use crate::request::credential::BesideAuthorization;
use crate::token::claims::ClaimPath;
use crate::trust::issuer::IssuerConfig;

pub use self::evidence::Evidence;
pub use self::hint::{Hint, hints};
pub use self::preset::{Member, Provider, ProviderError};
pub use self::table::PROVIDERS;

/// What is known of one provider: a row of [`PROVIDERS`].
///
/// The pages about providers and the types of the Node package are written from its JSON.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct ProviderFacts {
    /// Its name in settings and on the command line, in `snake_case`.
    pub name: &'static str,
    /// Its name for people.
    pub title: &'static str,
    /// Names under which people look for it, in lower case and without marks between the words.
    other_names: &'static [&'static str],
    /// The forms of `iss` in its access tokens. A preset fills in the first. Empty where every installation has an
    /// issuer of another form, or where the tokens have no `iss`.
    issuers: &'static [IssuerForm],
    /// Where a token says whom it is for.
    audience: AudiencePlace,
    /// The claims that hold the client's identifier; the first one that is there is used.
    client_id: &'static [&'static str],
    /// The claim that holds the scopes.
    scope: Option<ClaimPlace>,
    /// The claims that hold roles, groups or permissions.
    roles: &'static [ClaimPlace],
    /// The claims that hold the organization or tenant.
    organization: &'static [ClaimPlace],
    /// Where its keys are published.
    keys: KeyPlace,
    /// What its access tokens are.
    access_tokens: TokenForm,
    /// The header field that carries its tokens, where that is not `Authorization`. In lower case.
    pub carried_in: Option<&'static str>,
    /// What a token in `Authorization` means beside one in that header field.
    #[serde(skip)]
    beside_authorization: BesideAuthorization,
    /// What else tells its tokens: all of one of these lists.
    #[serde(skip)]
    signs: &'static [&'static [Sign]],
    /// What its preset takes. Empty where no preset can work.
    members: &'static [Member],
    /// The issuers that the values of the members make, or why no preset can work.
    #[serde(skip)]
    issuer_configs: fn(&Values<'_>) -> Result<Vec<IssuerConfig>, ProviderError>,
    /// What else is particular, one sentence each.
    quirks: &'static [&'static str],
    /// What its users get wrong.
    #[serde(skip)]
    mistakes: &'static [Mistake],
}

/// Where an access token says whom it is for.
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "snake_case")]
enum AudiencePlace {
    /// In `aud`, as RFC 9068 §2.2 asks.
    Aud,
    /// Tokens have no `aud`: this claim names the client, which an API can list in its place.
    ClientId(&'static str),
    /// Tokens have no `aud`: this claim names the web origin, which an API can list in its place.
    Origin(&'static str),
    /// Tokens say it nowhere.
    Nowhere,
}

/// A claim, and how it holds what it holds.
#[derive(Debug, Clone, Copy, Serialize)]
struct ClaimPlace {
    /// The names on the way to it. A name in braces, such as `{client}`, is the operator's.
    path: &'static [&'static str],
    /// How it holds its values.
    form: ClaimForm,
}

/// How a claim holds one or several values.
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "snake_case")]
enum ClaimForm {
    /// A text: one value, or several with spaces between them where the claim holds scopes.
    Text,
    /// A list of texts.
    List,
    /// An object whose member names are the values.
    ObjectKeys,
    /// A list of texts, or an object whose member names are the values.
    ListOrObjectKeys,
}

/// Where a provider's keys are.
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "snake_case")]
enum KeyPlace {
    /// In the issuer's metadata, at one of the well-known places under the issuer.
    Discovery,
    /// In metadata at a place that does not follow from the issuer, such as a form with the policy's name.
    MetadataUrl(&'static str),
    /// In a key set at this place; the form is that of [`IssuerForm`].
    JwksUri(&'static str),
    /// One key in PEM for each `kid`, at this place.
    PemByKid(&'static str),
    /// At the operator's own place.
    Configured,
}

/// What a provider's access tokens are.
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "snake_case")]
enum TokenForm {
    /// Signed JWTs.
    Jwt,
    /// Signed JWTs if the client or the operator asks for them, else opaque.
    JwtOnRequest,
    /// Opaque: the issuer must be asked.
    Opaque,
}

/// One mark of a token.
#[derive(Debug, Clone, Copy)]
enum Sign {
    /// The header has this member.
    Header(&'static str),
    /// This claim is there.
    Claim(&'static str),
    /// This claim is not there.
    NoClaim(&'static str),
    /// This claim is a list.
    ListClaim(&'static str),
    /// This claim is an object.
    ObjectClaim(&'static str),
    /// This claim is a text that begins so.
    ClaimBegins(&'static str, &'static str),
    /// The whole token begins so.
    TokenBegins(&'static str),
    /// The whole token holds this text.
    TokenHolds(&'static str),
}

impl ProviderFacts {
    /// An issuer with its keys where this provider has them, if the issuer is one of this provider's.
    pub fn issuer(&self, identifier: &str) -> IssuerConfig {
        let issuer = IssuerConfig::new(identifier);
        let Some(form) = self.issuer_form(identifier) else { return issuer };
        let filled = |place| IssuerForm(place).fill(|hole| form.value(identifier, hole));
        match self.keys {
            KeyPlace::JwksUri(place) => match filled(place) {
                Some(url) => issuer.jwks_uri(url),
                None => issuer,
            },
            KeyPlace::MetadataUrl(place) => match filled(place) {
                Some(url) => issuer.metadata_url(url),
                None => issuer,
            },
            _ => issuer,
        }
    }

    /// The form that an issuer identifier has, if it is one of this provider's.
    fn issuer_form(&self, issuer: &str) -> Option<&'static IssuerForm> {
        self.issuers.iter().find(|form| form.matches(issuer))
    }

    /// The member of this name.
    fn member(&self, name: &str) -> Option<&'static Member> {
        self.members.iter().find(|member| member.name == name)
    }
}

impl ClaimPlace {
    /// The path as settings take it.
    fn path(&self) -> ClaimPath {
        ClaimPath::Segments(self.path.iter().map(|&name| name.to_owned()).collect())
    }
}

/// The row of this name.
#[must_use]
pub fn named(name: &str) -> Option<&'static ProviderFacts> {
    PROVIDERS.iter().find(|facts| facts.name == name)
}

/// The provider whose form this issuer identifier has.
fn of_issuer(issuer: &str) -> Option<&'static ProviderFacts> {
    PROVIDERS.iter().find(|facts| facts.issuer_form(issuer).is_some())
}

/// The provider of a token: the one that was named, or by the issuer that the token names, by other marks, or, where the
/// token tells nothing, by the issuer that was expected.
#[must_use]
pub fn recognise(evidence: &Evidence<'_>) -> Option<&'static ProviderFacts> {
    let by_issuer = || evidence.issuer().and_then(of_issuer);
    let by_signs = || PROVIDERS.iter().find(|facts| evidence.has_signs_of(facts));
    let expected =
        || evidence.issuer().is_none().then(|| evidence.expected_issuers().find_map(of_issuer)).flatten();
    evidence.provider().or_else(by_issuer).or_else(by_signs).or_else(expected)
}
