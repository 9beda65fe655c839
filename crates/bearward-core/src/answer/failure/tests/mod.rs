//! Each variant of each error has a code, each code has one row, and each row is a variant's.

mod page;

use std::collections::BTreeMap;

use http::StatusCode;

use super::table::{Row, Stage, rows};
use super::*;
use crate::answer::challenge::ChallengePolicy;
use crate::check::confirmation::DpopPolicy;
use crate::request::credential::Scheme;
use crate::token::algorithm::Algorithm;
use crate::trust::validation_policy::ValidatorError;
use crate::wire::json::JsonError;

const RETRY_AFTER: Duration = Duration::from_secs(1);

/// A sample of each variant. The `match` has no wildcard: a new variant does not compile before it has a sample here.
macro_rules! each {
    ($type:ty: $($variant:pat => $sample:expr),+ $(,)?) => {{
        fn is_listed(value: &$type) {
            match value { $($variant => {}),+ }
        }
        let samples: Vec<$type> = vec![$($sample),+];
        samples.iter().for_each(is_listed);
        samples
    }};
}

fn failures<E: Into<Failure>>(samples: Vec<E>) -> impl Iterator<Item = Failure> {
    samples.into_iter().map(Into::into)
}

/// Every failure that there is, with the word `{claim}` wherever the name of a claim goes.
fn every_failure() -> Vec<Failure> {
    let credential = each! { CredentialError:
        CredentialError::Malformed => CredentialError::Malformed,
        CredentialError::RepeatedHeader => CredentialError::RepeatedHeader,
        CredentialError::SeveralMethods => CredentialError::SeveralMethods,
        CredentialError::NotAToken => CredentialError::NotAToken,
        CredentialError::Repeated => CredentialError::Repeated,
        CredentialError::CrossOrigin => CredentialError::CrossOrigin,
        CredentialError::TooLarge => CredentialError::TooLarge,
    };
    let token = each! { TokenError:
        TokenError::NotCompact => TokenError::NotCompact,
        TokenError::Encrypted => TokenError::Encrypted,
        TokenError::Header(_) => TokenError::Header(None),
        TokenError::HeaderTooLarge => TokenError::HeaderTooLarge,
        TokenError::UnsupportedAlgorithm => TokenError::UnsupportedAlgorithm,
        TokenError::AlgorithmNotAllowed(_) => TokenError::AlgorithmNotAllowed(Algorithm::RS256),
        TokenError::CriticalHeader => TokenError::CriticalHeader,
        TokenError::WrongType => TokenError::WrongType,
        TokenError::ForeignSigner => TokenError::ForeignSigner,
        TokenError::Payload(_) => TokenError::Payload(JsonError::Syntax),
        TokenError::Inactive => TokenError::Inactive,
    };
    let issuer = each! { IssuerError:
        IssuerError::Missing => IssuerError::Missing,
        IssuerError::Malformed => IssuerError::Malformed,
        IssuerError::Unknown => IssuerError::Unknown,
    };
    let key = each! { KeyError: KeyError::Unknown => KeyError::Unknown };
    let signature = each! { SignatureError: SignatureError::Invalid => SignatureError::Invalid };
    let claims = each! { ClaimsError:
        ClaimsError::Missing(_) => ClaimsError::Missing("{claim}"),
        ClaimsError::Malformed(_) => ClaimsError::Malformed("{claim}"),
        ClaimsError::Expired => ClaimsError::Expired,
        ClaimsError::NotYetValid => ClaimsError::NotYetValid,
        ClaimsError::IssuedInFuture => ClaimsError::IssuedInFuture,
        ClaimsError::TooOld => ClaimsError::TooOld,
        ClaimsError::AudienceMismatch => ClaimsError::AudienceMismatch,
        ClaimsError::SubstituteMismatch => ClaimsError::SubstituteMismatch,
        ClaimsError::Custom(_) => ClaimsError::Custom(ValidatorError::new("{the validator's own text}")),
    };
    let proof = each! { ProofError:
        ProofError::Missing => ProofError::Missing,
        ProofError::Repeated => ProofError::Repeated,
        ProofError::TooLarge => ProofError::TooLarge,
        ProofError::Malformed => ProofError::Malformed,
        ProofError::Claim(_) => ProofError::Claim("{claim}"),
        ProofError::WrongType => ProofError::WrongType,
        ProofError::Algorithm => ProofError::Algorithm,
        ProofError::Key => ProofError::Key,
        ProofError::Signature => ProofError::Signature,
        ProofError::Method => ProofError::Method,
        ProofError::Url => ProofError::Url,
        ProofError::TooOld => ProofError::TooOld,
        ProofError::FromFuture => ProofError::FromFuture,
        ProofError::AccessToken => ProofError::AccessToken,
        ProofError::OtherKey => ProofError::OtherKey,
        ProofError::Replayed => ProofError::Replayed,
    };
    let confirmation = each! { ConfirmationError:
        ConfirmationError::ProofRequired => ConfirmationError::ProofRequired,
        ConfirmationError::NotBound => ConfirmationError::NotBound,
        ConfirmationError::Unsupported => ConfirmationError::Unsupported,
        ConfirmationError::CertificateRequired => ConfirmationError::CertificateRequired,
        ConfirmationError::CertificateMismatch => ConfirmationError::CertificateMismatch,
        ConfirmationError::CertificateMalformed => ConfirmationError::CertificateMalformed,
        ConfirmationError::NotCertificateBound => ConfirmationError::NotCertificateBound,
        // Each proof's error is a failure by itself.
        ConfirmationError::Proof(_) => ConfirmationError::Proof(ProofError::Missing),
        ConfirmationError::NonceRequired(_) => ConfirmationError::NonceRequired(DpopNonce("n".to_owned())),
    };
    let denial = each! { Denial:
        Denial::InsufficientScope { .. } => Denial::InsufficientScope { required: "a".to_owned() },
        Denial::ClaimUnmet => Denial::ClaimUnmet,
        Denial::RoleMissing => Denial::RoleMissing,
        Denial::AuthorizationDetailsMissing => Denial::AuthorizationDetailsMissing,
        Denial::OperationUnknown => Denial::OperationUnknown,
        Denial::OrganizationMissing => Denial::OrganizationMissing,
        Denial::OrganizationMismatch => Denial::OrganizationMismatch,
        Denial::AuthenticationTooOld { .. } => Denial::AuthenticationTooOld { max_age: RETRY_AFTER },
        Denial::AuthenticationTooWeak { .. } => Denial::AuthenticationTooWeak { acr_values: "a".to_owned() },
        Denial::Unmet => Denial::Unmet,
    };
    let retry_after = RETRY_AFTER;
    let unavailable = each! { Unavailable:
        Unavailable::Keys { .. } => Unavailable::Keys { retry_after },
        Unavailable::Introspection { .. } => Unavailable::Introspection {
            retry_after,
            why: IntrospectionError::Issuer,
        },
        Unavailable::TooManyWaiting { .. } => Unavailable::TooManyWaiting { retry_after },
        Unavailable::Resolver { .. } => Unavailable::Resolver { retry_after },
        Unavailable::ReplayStore { .. } => Unavailable::ReplayStore { retry_after },
        Unavailable::RevocationStore { .. } => Unavailable::RevocationStore { retry_after },
    };
    let misconfiguration = each! { Misconfiguration:
        Misconfiguration::NoSuchPathParameter(_) => Misconfiguration::NoSuchPathParameter("o".to_owned()),
        Misconfiguration::NotProtected => Misconfiguration::NotProtected,
        Misconfiguration::Panicked(_) => Misconfiguration::Panicked(Panicked("a validator")),
    };
    // The others are made of the errors above.
    let rejection = each! { Rejection:
        Rejection::MissingCredential => Rejection::MissingCredential,
        Rejection::Credential(_) => CredentialError::Malformed.into(),
        Rejection::Token(_) => TokenError::NotCompact.into(),
        Rejection::Issuer(_) => IssuerError::Unknown.into(),
        Rejection::Key(_) => KeyError::Unknown.into(),
        Rejection::Signature(_) => SignatureError::Invalid.into(),
        Rejection::Claims(_) => ClaimsError::Expired.into(),
        Rejection::Revoked => Rejection::Revoked,
        Rejection::MalformedPath => Rejection::MalformedPath,
        Rejection::MalformedOperation => Rejection::MalformedOperation,
        Rejection::Confirmation(_) => ConfirmationError::NotBound.into(),
        Rejection::Denied(_) => Denial::Unmet.into(),
    };
    failures(credential)
        .chain(failures(token))
        .chain(failures(issuer))
        .chain(failures(key))
        .chain(failures(signature))
        .chain(failures(claims))
        .chain(failures(proof))
        .chain(failures(confirmation))
        .chain(failures(denial))
        .chain(failures(unavailable))
        .chain(failures(misconfiguration))
        .chain(failures(rejection))
        .collect()
}

#[test]
fn each_variant_of_each_error_has_one_row_and_each_row_is_a_variant_s() {
    let mut met: BTreeMap<_, _> = rows().map(|row| (row.code, false)).collect();
    assert_eq!(met.len(), rows().count(), "a code has two rows");
    for failure in every_failure() {
        let code = failure.code();
        let met =
            met.get_mut(code).unwrap_or_else(|| panic!("{code} has no row: add one to answer/failure/table"));
        *met = true;
        assert_eq!(Row::of(&failure).code, code);
    }
    met.retain(|_, met| !*met);
    assert!(met.is_empty(), "no failure has these codes: {met:?}");
}

/// The status and the OAuth error by the type of a failure, as RFC 6750 §3.1, RFC 9449 §7.1 and §9 and RFC 9470 §3 say.
fn by_type(failure: &Failure) -> (u16, Option<&'static str>, Option<Stage>) {
    match failure {
        Failure::Rejected(rejection) => match rejection {
            Rejection::MissingCredential => (401, None, Some(Stage::Credential)),
            Rejection::Credential(_) => (400, Some("invalid_request"), Some(Stage::Credential)),
            Rejection::Token(_) => (401, Some("invalid_token"), Some(Stage::Token)),
            Rejection::Issuer(_) => (401, Some("invalid_token"), Some(Stage::Issuer)),
            Rejection::Key(_) => (401, Some("invalid_token"), Some(Stage::Key)),
            Rejection::Signature(_) => (401, Some("invalid_token"), Some(Stage::Signature)),
            Rejection::Claims(_) | Rejection::Revoked => (401, Some("invalid_token"), Some(Stage::Claims)),
            Rejection::Confirmation(error) => {
                let error = match error {
                    ConfirmationError::Proof(_) => "invalid_dpop_proof",
                    ConfirmationError::NonceRequired(_) => "use_dpop_nonce",
                    _ => "invalid_token",
                };
                (401, Some(error), Some(Stage::Confirmation))
            }
            Rejection::Denied(denial) => {
                let (status, error) = match denial {
                    Denial::OrganizationMissing => (401, "invalid_token"),
                    Denial::AuthenticationTooOld { .. } | Denial::AuthenticationTooWeak { .. } => {
                        (401, "insufficient_user_authentication")
                    }
                    Denial::InsufficientScope { .. }
                    | Denial::ClaimUnmet
                    | Denial::RoleMissing
                    | Denial::AuthorizationDetailsMissing
                    | Denial::OperationUnknown
                    | Denial::OrganizationMismatch
                    | Denial::Unmet => (403, "insufficient_scope"),
                };
                (status, Some(error), Some(Stage::Requirement))
            }
            Rejection::MalformedPath | Rejection::MalformedOperation => {
                (400, Some("invalid_request"), Some(Stage::Requirement))
            }
        },
        Failure::Unavailable(_) => (503, Some("temporarily_unavailable"), None),
        Failure::Misconfigured(_) => (500, Some("server_error"), None),
    }
}

#[test]
fn each_row_says_what_the_answer_says() {
    let policy = ChallengePolicy::default().dpop(&DpopPolicy::accepted());
    for failure in every_failure() {
        let (row, code) = (Row::of(&failure), failure.code());
        let (status, error, stage) = by_type(&failure);
        assert_eq!((row.meaning.status().as_u16(), row.meaning.error()), (status, error), "{code}");
        assert!(stage.is_none_or(|stage| stage == row.stage), "{code}");

        let answer = policy.answer(&failure, Scheme::Bearer, None);
        assert_eq!(answer.status, StatusCode::from_u16(status).unwrap(), "{code}");
        let body: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
        assert_eq!(body["error"], error.unwrap_or("unauthorized"), "{code}");
        assert_eq!(body["error_description"], row.client, "{code}");
        let challenges: Vec<_> = answer.headers.get_all("www-authenticate").iter().collect();
        let blames = challenges.iter().filter(|value| value.to_str().unwrap().contains("error=\"")).count();
        let is_rejected = matches!(failure, Failure::Rejected(_));
        assert_eq!(challenges.len(), if is_rejected { 2 } else { 0 }, "{code}");
        assert_eq!(blames, usize::from(is_rejected && error.is_some()), "{code}");
    }
}

#[test]
fn the_log_and_the_client_read_the_same_unless_the_api_is_at_fault() {
    for failure in every_failure() {
        let same = failure.to_string() == Row::of(&failure).client;
        assert_ne!(same, matches!(failure, Failure::Misconfigured(_)), "{failure}");
    }
}

#[test]
fn each_row_says_to_the_operator_more_than_to_the_client() {
    for Row { code, client, remedy, .. } in rows() {
        assert!(remedy.len() > client.len() && remedy.ends_with('.'), "{code}: {remedy}");
        assert!(!client.contains(['"', '\\', '\n']) && !client.ends_with('.'), "{code}: {client}");
    }
}

#[test]
fn a_failed_introspection_has_the_remedy_of_its_cause() {
    let remedy = |why| Failure::from(Unavailable::Introspection { retry_after: RETRY_AFTER, why }).remedy();
    assert!(remedy(IntrospectionError::ClientRefused(401)).contains("`introspection.client_secret`"));
    assert!(remedy(IntrospectionError::Stale).contains("`not_introspected`"), "of which no more is known");
}
