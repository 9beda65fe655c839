//! The claims set of a token: the registered claims read once, everything else on demand.
//!
//! A claims set by itself proves nothing. Whether it may be believed is said by the type around it:
//! [`UnverifiedToken`](crate::token::UnverifiedToken) or [`AccessToken`](crate::AccessToken).

mod organization;
mod path;
mod text;

use std::sync::OnceLock;

use serde::de::DeserializeOwned;
use serde_json::Value;

pub use self::organization::OrganizationClaim;
pub(crate) use self::organization::Organizations;
pub use self::path::ClaimPath;
pub(crate) use self::path::Found;
use self::text::Text;
use crate::token::binding::Binding;
pub(crate) use crate::token::member::Member;
use crate::wire::json::{JsonError, Members, Raw, max_values};
use crate::wire::time::NumericDate;

/// A JWT claims set (RFC 7519 §4).
pub struct ClaimsSet {
    json: String,
    issuer: Member<Text>,
    subject: Member<Text>,
    audience: Member<Vec<Text>>,
    pub(crate) expires_at: Member<NumericDate>,
    pub(crate) not_before: Member<NumericDate>,
    pub(crate) issued_at: Member<NumericDate>,
    token_id: Member<Text>,
    client_id: Member<Text>,
    scope: Member<Text>,
    /// The claims say what only another kind of JWT would.
    pub(crate) is_of_another_kind: bool,
    /// `cnf`: whom the token is bound to.
    pub(crate) binding: Member<Binding>,
    /// About how many bytes the claims take once they are parsed.
    tree_bytes: usize,
    value: OnceLock<Value>,
}

impl ClaimsSet {
    pub(crate) fn parse(json: Vec<u8>) -> Result<Self, JsonError> {
        let json = String::from_utf8(json).map_err(|_| JsonError::Syntax)?;
        let members = Members::parse(&json, max_values(&json))?;
        let string = |name| string(&members, name, &json);
        let scope = |name| scope(&members, name, &json);
        let claims = Self {
            issuer: string("iss"),
            subject: string("sub"),
            audience: audience(&members, &json),
            expires_at: expiry(&members),
            not_before: date(&members, "nbf"),
            issued_at: date(&members, "iat"),
            token_id: string("jti"),
            client_id: string(CLIENT_ID_CLAIMS[0]).or_else(|| client_id_elsewhere(&members, &json)),
            scope: scope("scope").or_else(|| scope("scp")),
            is_of_another_kind: is_of_another_kind(&members),
            binding: Binding::read(&members),
            tree_bytes: members.tree_bytes(),
            value: OnceLock::new(),
            json: String::new(),
        };
        Ok(Self { json, ..claims })
    }

    pub(crate) fn issuer(&self) -> Member<&str> {
        self.read(&self.issuer)
    }

    pub(crate) fn subject(&self) -> Member<&str> {
        self.read(&self.subject)
    }

    /// Each `aud`, in order.
    pub(crate) fn audience(&self) -> Member<impl ExactSizeIterator<Item = &str> + Clone> {
        let texts = self.audience.as_ref();
        texts.map(|texts| texts.iter().map(|text| text.read(&self.json)))
    }

    pub(crate) fn token_id(&self) -> Member<&str> {
        self.read(&self.token_id)
    }

    /// RFC 9068 §2.2 `client_id`; where it is absent, the first other one of [`CLIENT_ID_CLAIMS`] that is a text.
    pub(crate) fn client_id(&self) -> Member<&str> {
        self.read(&self.client_id)
    }

    /// `scope`, else `scp`; values joined by single spaces.
    pub(crate) fn scope(&self) -> Member<&str> {
        self.read(&self.scope)
    }

    fn read<'c>(&'c self, member: &'c Member<Text>) -> Member<&'c str> {
        member.as_ref().map(|text| text.read(&self.json))
    }

    /// The claims set as it was signed: the text of a JSON object.
    #[must_use]
    pub fn as_json(&self) -> &str {
        &self.json
    }

    /// A claim by its name at the top level.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.value().get(name)
    }

    /// A claim by its path, such as `realm_access.roles`.
    #[must_use]
    pub fn at(&self, path: &ClaimPath) -> Option<&Value> {
        path.find(self.value())
    }

    /// The value at the place of a claim, for requirements.
    pub(crate) fn look_up(&self, path: &ClaimPath) -> Found<'_> {
        path.look_up(self.value())
    }

    /// The claims set as a type of the application.
    ///
    /// # Errors
    /// When the claims do not fit the type; the message may hold claim values, so it is for logs only.
    pub fn to<T: DeserializeOwned>(&self) -> Result<T, serde_json::Error> {
        serde_json::from_str(&self.json)
    }

    fn value(&self) -> &Value {
        // The text was read as an object before; a second reading cannot fail, and would hide claims if it did.
        self.value.get_or_init(|| serde_json::from_str(&self.json).unwrap_or_default())
    }

    /// About how many bytes the claims set holds in memory.
    pub(crate) fn weight(&self) -> usize {
        // The tree is parsed on demand, which nobody tells the cache of, so it counts from the start.
        size_of::<Self>() + self.json.len() + self.tree_bytes
    }
}

/// A member that is absent, or what its value reads as, if it does.
fn member<'j, T>(members: &Members<'j>, name: &str, read: impl FnOnce(Raw<'j>) -> Option<T>) -> Member<T> {
    match members.get(name) {
        None => Member::Absent,
        Some(value) => read(value).map_or(Member::Malformed, Member::Present),
    }
}

fn string(members: &Members<'_>, name: &str, json: &str) -> Member<Text> {
    member(members, name, |value| Some(Text::of(&value.as_str()?, json)))
}

/// The claims that say whom a token was issued to, in this order: `client_id` (RFC 9068 §2.2), OpenID Connect's `azp`,
/// `appid` of Entra ID v1 and ADFS, `cid` of Okta and UAA.
pub(crate) const CLIENT_ID_CLAIMS: [&str; 4] = ["client_id", "azp", "appid", "cid"];

/// The claims after the first are nobody's registered ones in an access token, so one that is `null`, empty or of another type says
/// nothing, and does not refuse the token.
fn client_id_elsewhere(members: &Members<'_>, json: &str) -> Member<Text> {
    let read = |name: &&str| {
        let text = members.get(name)?.as_str()?;
        (!text.is_empty()).then(|| Text::of(&text, json))
    };
    CLIENT_ID_CLAIMS[1..].iter().find_map(read).map_or(Member::Absent, Member::Present)
}

fn date(members: &Members<'_>, name: &str) -> Member<NumericDate> {
    member(members, name, |value| NumericDate::from_seconds(value.as_number()?))
}

/// Seconds since 1970 reach this number in the year 5138; milliseconds did in 1973.
pub(crate) const MILLISECONDS: f64 = 1e11;

/// `exp`: seconds since 1970 (RFC 7519 §2). Milliseconds would be a token that works for thousands of years.
fn expiry(members: &Members<'_>) -> Member<NumericDate> {
    match date(members, "exp") {
        Member::Present(date) if date.seconds() >= MILLISECONDS => Member::Malformed,
        date => date,
    }
}

/// `aud`: a string, or an array of nothing but strings (RFC 7519 §4.1.3).
fn audience(members: &Members<'_>, json: &str) -> Member<Vec<Text>> {
    member(members, "aud", |value| match value.is_array() {
        true => value.map_strings(|one| Text::of(&one, json)),
        false => Some(vec![Text::of(&value.as_str()?, json)]),
    })
}

/// A space-separated string (RFC 8693 §4.2), or an array of strings as some servers write it. An element
/// with a space in it would become two scopes and is refused.
fn scope(members: &Members<'_>, name: &str, json: &str) -> Member<Text> {
    member(members, name, |value| match value.is_array() {
        true => {
            let scopes = value.as_strings()?;
            let are_whole = !scopes.iter().any(|scope| scope.contains(' '));
            are_whole.then(|| Text::Own(scopes.join(" ").into()))
        }
        false => Some(Text::of(&value.as_str()?, json)),
    })
}

/// Other kinds of JWT, known by their claims where their header does not tell: ID tokens by `at_hash` and
/// `c_hash` (OpenID Connect Core §3.3.2.11) or by a `nonce` without anything that was granted, security events and logout tokens by `events` (RFC 8417 §2.2), and
/// what Keycloak names in `typ` and Cognito in `token_use`.
fn is_of_another_kind(members: &Members<'_>) -> bool {
    let has_any = |names: &[&str]| names.iter().any(|name| members.get(name).is_some());
    has_any(&["at_hash", "c_hash", "events"])
        || (has_any(&["nonce"]) && !has_any(&["scope", "scp", "client_id"]))
        || matches!(members.string("typ").as_deref(), Some("ID" | "Refresh" | "Offline" | "Logout"))
        || members.string("token_use").as_deref() == Some("id")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claims(json: &str) -> ClaimsSet {
        ClaimsSet::parse(json.as_bytes().to_vec()).unwrap()
    }

    #[test]
    fn an_audience_with_anything_but_strings_is_malformed_as_a_whole() {
        for json in [
            r#"{"aud":7}"#,
            r#"{"aud":{}}"#,
            r#"{"aud":null}"#,
            r#"{"aud":["api",7]}"#,
            r#"{"aud":[["api"]]}"#,
        ] {
            assert!(matches!(claims(json).audience(), Member::Malformed), "{json}");
        }
        assert_eq!(claims(r#"{"aud":[]}"#).audience().present().map(|all| all.len()), Some(0));
    }

    #[test]
    fn scope_is_a_string_or_an_array_and_scp_only_stands_in() {
        let scope = |json: &str| claims(json).scope().present().map(str::to_owned);
        assert_eq!(scope(r#"{"scope":"a b"}"#).as_deref(), Some("a b"));
        assert_eq!(scope(r#"{"scope":["a","b"]}"#).as_deref(), Some("a b"));
        assert_eq!(scope(r#"{"scp":["a"]}"#).as_deref(), Some("a"));
        assert_eq!(scope(r#"{"scope":"a","scp":"b"}"#).as_deref(), Some("a"));
        assert_eq!(claims(r#"{"scope":["a b"]}"#).scope(), Member::Malformed);
        assert_eq!(claims(r#"{"scope":7,"scp":"b"}"#).scope(), Member::Malformed);
    }

    #[test]
    fn the_client_is_the_first_of_four_claims_that_names_one() {
        for (json, expected) in [
            (r#"{"client_id":"a","azp":"b","appid":"c","cid":"d"}"#, Some("a")),
            (r#"{"azp":"b","appid":"c","cid":"d"}"#, Some("b")),
            (r#"{"appid":"c","cid":"d"}"#, Some("c")),
            (r#"{"cid":"d"}"#, Some("d")),
            (r#"{"azp":null,"cid":"d"}"#, Some("d")),
            (r#"{"azp":7,"appid":["c"],"cid":"d"}"#, Some("d")),
            (r#"{"azp":"","appid":"c"}"#, Some("c")),
        ] {
            assert_eq!(claims(json).client_id().present(), expected, "{json}");
        }
        for json in
            [r#"{"azp":null}"#, r#"{"azp":7}"#, r#"{"azp":1e300}"#, r#"{"azp":{}}"#, r#"{"azp":""}"#, "{}"]
        {
            assert_eq!(claims(json).client_id(), Member::Absent, "{json}");
        }
        for json in [r#"{"client_id":null,"azp":"b"}"#, r#"{"client_id":7,"azp":"b"}"#] {
            assert_eq!(claims(json).client_id(), Member::Malformed, "{json}");
        }
    }

    #[test]
    fn an_expiry_is_a_number_that_seconds_can_be() {
        for (json, expected) in [
            (r#"{"exp":0}"#, Some(0.0)),
            (r#"{"exp":-1}"#, Some(-1.0)),
            (r#"{"exp":1.5}"#, Some(1.5)),
            (r#"{"exp":-1e308}"#, Some(-1e308)),
            (r#"{"exp":99999999999.5}"#, Some(99_999_999_999.5)),
            (r#"{"exp":100000000000}"#, None),
            (r#"{"exp":1800000000000}"#, None),
            (r#"{"exp":9223372036854775808}"#, None),
            (r#"{"exp":1e308}"#, None),
            (r#"{"exp":"1"}"#, None),
            (r#"{"exp":true}"#, None),
            (r#"{"exp":null}"#, None),
        ] {
            let found = claims(json).expires_at;
            assert!(!found.is_absent(), "{json}");
            let found = found.present().map(NumericDate::seconds);
            assert_eq!(found, expected, "{json}");
        }
    }
}
