//! Stage 7: who sends the token.

use bearward_core::Failure;
use bearward_core::answer::Rejection;
use bearward_core::check::{ConfirmationError, ProofError};
use bearward_core::request::TargetUrl;
use bearward_core::wire::NumericDate;
use serde_json::Value;

use super::{Details, shown};
use crate::explain::driver::differ_in_slash;
use crate::explain::format_time;
use crate::explain::printable::quoted;
use crate::explain::raw_json::RawJson;
use crate::explain::sender::PresentedProof;

impl Details<'_> {
    pub(super) fn confirmed(&self) -> String {
        let names = |method: &str| self.claim("cnf").is_some_and(|cnf| cnf.get(method).is_some());
        let certificate = "it is bound to the certificate that came with it";
        match (self.sender.proof(), names("x5t#S256")) {
            (None, false) => "a bearer token: it is bound to no key (no cnf)".to_owned(),
            (None, true) => certificate.to_owned(),
            (Some(proof), false) => format!("the proof is of its key, and for this request{}", nonce(proof)),
            (Some(proof), true) => {
                format!("the proof is of its key, and for this request{}; {certificate}", nonce(proof))
            }
        }
    }

    pub(super) fn not_confirmed(&self, failure: &Failure) -> Option<String> {
        let Failure::Rejected(Rejection::Confirmation(error)) = failure else { return None };
        match error {
            ConfirmationError::Proof(error) => {
                let proof = self.sender.proof()?;
                let found = self.wrong_proof(*error, &ProofParts::of(proof))?;
                Some(format!("{}: {found}", check_of(*error)))
            }
            ConfirmationError::NotBound => Some(
                "the token is bound to no key (no cnf.jkt), so a proof adds nothing: send it under Bearer, or get \
                 a bound one by sending a proof to the token endpoint"
                    .to_owned(),
            ),
            ConfirmationError::NotCertificateBound => Some(
                "the token is bound to no certificate (no cnf.x5t#S256): get a bound one by presenting the certificate to \
                 the token endpoint"
                    .to_owned(),
            ),
            ConfirmationError::CertificateMismatch => {
                let bound_to = self.claim("cnf").and_then(|cnf| cnf.get("x5t#S256")).map(shown);
                Some(format!(
                    "it is bound to the certificate of the thumbprint {}, and this is another (RFC 8705 §3)",
                    bound_to.unwrap_or_default()
                ))
            }
            ConfirmationError::Unsupported => {
                let cnf = self.claim("cnf").map(shown).unwrap_or_default();
                Some(format!("cnf is {cnf}, which is not {} alone", self.method_of_binding()))
            }
            _ => Some(format!(
                "bound to a key: it needs {} beside it{}, and as a bearer token it is worth nothing",
                self.method_of_binding(),
                self.missing_flag()
            )),
        }
    }

    fn method_of_binding(&self) -> &'static str {
        let names = |method: &str| self.claim("cnf").is_some_and(|cnf| cnf.get(method).is_some());
        match (names("jkt"), names("x5t#S256")) {
            (true, true) => {
                "a DPoP proof (cnf.jkt, RFC 9449) and a client certificate (cnf.x5t#S256, RFC 8705)"
            }
            (true, false) => "a DPoP proof (cnf.jkt, RFC 9449)",
            (false, true) => "a client certificate (cnf.x5t#S256, RFC 8705)",
            (false, false) => "a proof (cnf, RFC 7800)",
        }
    }

    /// How to hand over what is missing here.
    fn missing_flag(&self) -> &'static str {
        if self.expectation.is_of_api() {
            return "";
        }
        let names = |method: &str| self.claim("cnf").is_some_and(|cnf| cnf.get(method).is_some());
        match (
            names("jkt") && self.sender.proof().is_none(),
            names("x5t#S256") && !self.sender.has_certificate(),
        ) {
            (true, true) => " (--dpop-proof with --url, and --certificate)",
            (true, false) => " (--dpop-proof with --url)",
            (false, true) => " (--certificate)",
            (false, false) => "",
        }
    }

    /// What is wrong, in plain words: what was found, and what was expected.
    fn wrong_proof(&self, error: ProofError, proof: &ProofParts<'_>) -> Option<String> {
        let expected = proof.presented;
        Some(match error {
            ProofError::TooLarge => {
                format!("where {} bytes are the most", self.engine.limits().max_token_bytes)
            }
            ProofError::Malformed if proof.presented.parts() != 3 => {
                format!("it has {} parts, not three", proof.presented.parts())
            }
            ProofError::Malformed => {
                "a part is not strict JSON in base64url without padding, or the header has crit \
                                      or b64; was it cut off or copied with a line break?"
                    .to_owned()
            }
            ProofError::Claim(name) => match proof.claim(name) {
                None => format!("the claim {name} is missing{}", purpose(name)),
                Some(value) => format!("the claim {name} is {}{}", shown(value), purpose(name)),
            },
            ProofError::WrongType => format!("typ is {}, not \"dpop+jwt\"", proof.header_text("typ")),
            ProofError::Algorithm => format!(
                "alg is {}, which is not one of those that the challenge below names (algs)",
                proof.header_text("alg")
            ),
            ProofError::Key => proof.unusable_key(),
            ProofError::Signature => {
                "not made by the key in its own header over exactly this header and these claims".to_owned()
            }
            ProofError::Method => {
                let found = proof.claim("htm").map(shown).unwrap_or_default();
                format!("htm is {found}, the request's method is {}", quoted(expected.method.as_str()))
            }
            ProofError::Url => proof.other_url(),
            ProofError::TooOld | ProofError::FromFuture => self.untimely(error, proof)?,
            ProofError::AccessToken => format!(
                "ath is {}, which is the hash of another access token: each token needs its own proofs",
                proof.claim("ath").map(shown).unwrap_or_default()
            ),
            ProofError::OtherKey => {
                let bound_to =
                    self.claim("cnf").and_then(|cnf| cnf.get("jkt")).map(shown).unwrap_or_default();
                format!(
                    "the token is bound to the key of the thumbprint {bound_to}, and the proof's is another; \
                     bearward dpop-proof --thumbprint tells that of a key file"
                )
            }
            _ => return None,
        })
    }

    fn untimely(&self, error: ProofError, proof: &ProofParts<'_>) -> Option<String> {
        let made = proof.claim("iat").and_then(Value::as_f64).and_then(NumericDate::from_seconds)?;
        let (date, distance) = (format_time::date(made), format_time::distance(made, self.now));
        Some(match error {
            ProofError::TooOld => {
                format!("made {date}, {distance} ago; a proof is for one request, sent at once")
            }
            _ => format!("made {date}, {distance} from now; is one of the two clocks wrong?"),
        })
    }
}

/// A proof and what can be read of it.
struct ProofParts<'p> {
    presented: &'p PresentedProof,
    header: Option<RawJson>,
    claims: Option<RawJson>,
}

impl<'p> ProofParts<'p> {
    fn of(presented: &'p PresentedProof) -> Self {
        Self { presented, header: presented.header(), claims: presented.claims() }
    }

    fn header(&self, name: &str) -> Option<&Value> {
        self.header.as_ref().and_then(|header| header.get(name))
    }

    fn header_text(&self, name: &str) -> String {
        self.header(name).map_or_else(|| "missing".to_owned(), shown)
    }

    fn claim(&self, name: &str) -> Option<&Value> {
        self.claims.as_ref().and_then(|claims| claims.get(name))
    }

    fn unusable_key(&self) -> String {
        let private = ["d", "p", "q", "dp", "dq", "qi", "oth", "k", "priv"];
        match self.header("jwk") {
            None => "the header has no jwk, which would be the public key".to_owned(),
            Some(Value::Object(jwk)) if private.iter().any(|member| jwk.contains_key(*member)) => {
                "the jwk holds a private or secret key, which everybody who saw this proof has now".to_owned()
            }
            Some(Value::Object(_)) => {
                format!("the jwk is not a key that can be used for alg {}", self.header_text("alg"))
            }
            Some(_) => "the jwk is not an object".to_owned(),
        }
    }

    fn other_url(&self) -> String {
        let found = self.claim("htu").and_then(Value::as_str).unwrap_or_default();
        let expected = &self.presented.url;
        let without_query = expected.split(['?', '#']).next().unwrap_or_default();
        let hint = match TargetUrl::parse(found) {
            None => "; it is not an absolute URL",
            Some(_) if differ_in_slash(found, without_query) => "; the trailing slash makes the difference",
            Some(_) if found.eq_ignore_ascii_case(without_query) => "; the letter case makes the difference",
            Some(_) => "",
        };
        format!("htu is {}, the request's URL is {}{hint}", quoted(found), quoted(without_query))
    }
}

/// Check 10 is the server's alone: what a nonce must be, only it knows. Here the last one it gave can be compared.
fn nonce(proof: &PresentedProof) -> String {
    let Some(expected) = &proof.nonce else { return String::new() };
    let parts = ProofParts::of(proof);
    match parts.claim("nonce") {
        _ if !proof.lacks_nonce() => ", with the server's nonce".to_owned(),
        found => format!(
            "; but its nonce is {} where the server's is {}, so an API that asks for nonces answers use_dpop_nonce \
             (RFC 9449 §4.3 check 10)",
            found.map_or_else(|| "missing".to_owned(), shown),
            quoted(expected)
        ),
    }
}

/// What a claim is there for.
fn purpose(name: &str) -> &'static str {
    match name {
        "jti" => "; it must be a different text for each proof",
        "htm" => "; it must be the request's method",
        "htu" => "; it must be the request's URL, without query and fragment",
        "iat" => "; it must be the time it was made, as a number",
        "ath" => "; it must be the hash of the access token (SHA-256 in base64url)",
        _ => "; it must be a text",
    }
}

/// The check by its number.
fn check_of(error: ProofError) -> &'static str {
    match error {
        ProofError::Missing | ProofError::Repeated => "RFC 9449 §4.3 check 1",
        ProofError::Malformed => "RFC 9449 §4.3 check 2",
        ProofError::Claim(_) => "RFC 9449 §4.3 check 3",
        ProofError::WrongType => "RFC 9449 §4.3 check 4",
        ProofError::Algorithm => "RFC 9449 §4.3 check 5",
        ProofError::Signature => "RFC 9449 §4.3 check 6",
        ProofError::Key => "RFC 9449 §4.3 check 7",
        ProofError::Method => "RFC 9449 §4.3 check 8",
        ProofError::Url => "RFC 9449 §4.3 check 9",
        ProofError::TooOld | ProofError::FromFuture => "RFC 9449 §4.3 check 11",
        ProofError::AccessToken | ProofError::OtherKey => "RFC 9449 §4.3 check 12",
        ProofError::Replayed => "RFC 9449 §11.1",
        _ => "the proof is too large",
    }
}
