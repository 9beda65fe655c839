//! Laravel Passport, for which there is no preset.

use super::{NO_ISSUER, PLAIN, list};
use crate::trust::provider::{KeyPlace, ProviderFacts, Sign};

pub(super) const PASSPORT: ProviderFacts = ProviderFacts {
    name: "passport",
    title: "Laravel Passport",
    other_names: &["laravel"],
    client_id: &["aud"],
    scope: Some(list(&["scopes"])),
    keys: KeyPlace::Configured,
    signs: &[&[Sign::NoClaim("iss"), Sign::ListClaim("scopes")]],
    issuer_configs: |values| {
        Err(values.cannot_work(
            "its tokens have no iss, so only settings that weaken the protection accept them",
            "Have the server write iss; or name an issuer of your own choice with the key (public_key_pem), the client ids as \
             audiences, and allow tokens without issuer under dangerous()",
        ))
    },
    quirks: &[
        "Tokens have no iss; aud is the client id.",
        "The key is a PEM file: storage/oauth-public.key.",
    ],
    mistakes: &[NO_ISSUER],
    ..PLAIN
};
