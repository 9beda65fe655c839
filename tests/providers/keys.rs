//! The keys of a provider, made here, and how it writes them.

use std::collections::BTreeMap;
use std::sync::{LazyLock, Mutex};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bearward_issuer::{Algorithm, SigningKey};
use serde_json::{Map, Value, json};

use crate::files::KeyKind;

/// Key pairs by name and algorithm. RSA keys take their time to make, so files share them.
static MADE: LazyLock<Mutex<BTreeMap<(String, &'static str), SigningKey>>> = LazyLock::new(Mutex::default);

pub(crate) struct Keys {
    keys: BTreeMap<String, SigningKey>,
    secrets: BTreeMap<String, String>,
}

impl Keys {
    pub(crate) fn new(kinds: &BTreeMap<String, KeyKind>) -> Self {
        let key = |(name, kind): (&String, &KeyKind)| match kind {
            KeyKind::Secret { secret } => {
                (name.clone(), SigningKey::from_secret(secret.as_bytes(), Algorithm::Hs256).unwrap())
            }
            KeyKind::Pair(algorithm) => (name.clone(), pair(name, *algorithm)),
        };
        let secret = |(name, kind): (&String, &KeyKind)| match kind {
            KeyKind::Secret { secret } => Some((name.clone(), secret.clone())),
            KeyKind::Pair(_) => None,
        };
        Self { keys: kinds.iter().map(key).collect(), secrets: kinds.iter().filter_map(secret).collect() }
    }

    pub(crate) fn secret(&self, name: &str) -> &str {
        &self.secrets[name]
    }

    pub(crate) fn named(&self, name: &str) -> &SigningKey {
        self.keys.get(name).unwrap_or_else(|| panic!("no key {name:?}"))
    }

    /// A document with its placeholders filled in: `{"$key": "name", "$form": "…", …}` becomes a JWK with the members
    /// that are written beside it, the string `{pem:name}` a key in PEM.
    pub(crate) fn fill(&self, document: &Value) -> Value {
        match document {
            Value::Array(items) => items.iter().map(|item| self.fill(item)).collect(),
            Value::Object(members) => match members.get("$key").and_then(Value::as_str) {
                Some(name) => self.jwk(name, members),
                None => members.iter().map(|(name, value)| (name.clone(), self.fill(value))).collect(),
            },
            other => other.clone(),
        }
    }

    pub(crate) fn fill_text(&self, text: &str) -> String {
        let fill = |text: String, name: &String| match text.contains(&format!("{{pem:{name}}}")) {
            true => text.replace(&format!("{{pem:{name}}}"), &self.named(name).public_pem().unwrap()),
            false => text,
        };
        self.keys.keys().fold(text.to_owned(), fill)
    }

    fn jwk(&self, name: &str, members: &Map<String, Value>) -> Value {
        let mut jwk = json!({});
        let public = self.named(name).public_jwk();
        for material in ["kty", "crv", "n", "e", "x", "y"] {
            if let Some(value) = public.get(material) {
                jwk[material] = value.clone();
            }
        }
        if let Some(form) = members.get("$form") {
            written(&mut jwk, form.as_str().unwrap());
        }
        for (name, value) in members.iter().filter(|(name, _)| !name.starts_with('$')) {
            jwk[name] = value.clone();
        }
        jwk
    }
}

fn pair(name: &str, algorithm: Algorithm) -> SigningKey {
    let mut made = MADE.lock().unwrap();
    let make = || match name {
        // About every 256th key.
        "short" => loop {
            let key = SigningKey::generate(algorithm);
            if bytes(&key.public_jwk(), "x")[0] == 0 {
                break key;
            }
        },
        _ => SigningKey::generate(algorithm),
    };
    made.entry((name.to_owned(), algorithm.name())).or_insert_with(make).clone()
}

/// Changes how the numbers are written, as some providers do.
fn written(jwk: &mut Value, form: &str) {
    let number = if jwk["kty"] == "RSA" { "n" } else { "x" };
    let plain = bytes(jwk, number);
    jwk[number] = match form {
        "leading_zero" => URL_SAFE_NO_PAD.encode([&[0][..], &plain].concat()),
        "without_leading_zero" => {
            assert_eq!(plain[0], 0, "a key called short");
            URL_SAFE_NO_PAD.encode(&plain[1..])
        }
        other => panic!("no form {other:?}"),
    }
    .into();
}

fn bytes(jwk: &Value, member: &str) -> Vec<u8> {
    URL_SAFE_NO_PAD.decode(jwk[member].as_str().unwrap()).unwrap()
}
