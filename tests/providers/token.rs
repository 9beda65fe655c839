//! The tokens of a provider, signed with the test kit, which shares no code with what reads them.

use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::{URL_SAFE, URL_SAFE_NO_PAD};
use serde_json::{Map, Value};

use crate::files::{Provider, SignatureForm, Token};
use crate::keys::Keys;

impl Provider {
    /// The good token, with these changes.
    pub(crate) fn token(&self, keys: &Keys, changes: Option<&Token>) -> String {
        let mut token = self.token.clone();
        if let Some(changes) = changes.cloned() {
            token.header = with(token.header, changes.header);
            token.claims = with(token.claims, changes.claims);
            token.sign = changes.sign.or(token.sign);
            token.signature = changes.signature.or(token.signature);
            token.padded = changes.padded.or(token.padded);
            token.write = changes.write.or(token.write);
        }
        token.sign(keys)
    }
}

impl Token {
    fn sign(&self, keys: &Keys) -> String {
        let now = i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()).unwrap();
        let part = |members: &Map<String, Value>| {
            self.base64url(fill(&Value::Object(members.clone()), now).to_string().as_bytes())
        };
        let (header, claims) = (part(&self.header), part(&self.claims));
        let key = keys.named(self.sign.as_deref().expect("a key that signs"));
        let signature = key.sign_input(format!("{header}.{claims}").as_bytes());
        let signature = match self.signature {
            None => signature,
            Some(SignatureForm::Absent) => Vec::new(),
            Some(SignatureForm::Der) => der(&signature),
        };
        let signature = self.base64url(&signature);
        let form = self.write.as_deref().unwrap_or("{header}.{claims}.{signature}");
        [("{header}", header), ("{claims}", claims), ("{signature}", signature)]
            .iter()
            .fold(form.to_owned(), |text, (name, part)| text.replace(name, part))
    }

    fn base64url(&self, bytes: &[u8]) -> String {
        match self.padded {
            Some(true) => URL_SAFE.encode(bytes),
            _ => URL_SAFE_NO_PAD.encode(bytes),
        }
    }
}

fn with(mut members: Map<String, Value>, changes: Map<String, Value>) -> Map<String, Value> {
    for (name, value) in changes {
        match value {
            Value::Null => drop(members.remove(&name)),
            value => drop(members.insert(name, value)),
        }
    }
    members
}

/// `{"$now": seconds}` is that many seconds from now, `{"$now_ms": seconds}` the same in milliseconds, `{"$null": true}`
/// null.
#[allow(clippy::cast_precision_loss)] // until the year 285 428 751
fn fill(value: &Value, now: i64) -> Value {
    match value {
        Value::Array(items) => items.iter().map(|item| fill(item, now)).collect(),
        Value::Object(members) => {
            if let Some(seconds) = members.get("$now") {
                let shifted = |seconds: f64| (now as f64 + seconds).into();
                let whole = seconds.as_i64().map(|seconds| (now + seconds).into());
                return whole.unwrap_or_else(|| shifted(seconds.as_f64().unwrap()));
            }
            if let Some(seconds) = members.get("$now_ms").and_then(Value::as_i64) {
                return ((now + seconds) * 1000).into();
            }
            if members.contains_key("$null") {
                return Value::Null;
            }
            members.iter().map(|(name, value)| (name.clone(), fill(value, now))).collect()
        }
        other => other.clone(),
    }
}

/// Two integers in a sequence (X.690 §8.3, §8.9), which is not how a JWT has an ECDSA signature (RFC 7518 §3.4).
fn der(signature: &[u8]) -> Vec<u8> {
    let integer = |number: &[u8]| {
        let start = number.iter().position(|byte| *byte != 0).unwrap();
        let sign = if number[start] < 0x80 { &[][..] } else { &[0][..] };
        let content = [sign, &number[start..]].concat();
        [&[0x02, u8::try_from(content.len()).unwrap()][..], &content].concat()
    };
    let (r, s) = signature.split_at(signature.len() / 2);
    let content = [integer(r), integer(s)].concat();
    let length = u8::try_from(content.len()).unwrap();
    let head = if length < 0x80 { vec![0x30, length] } else { vec![0x30, 0x81, length] };
    [head, content].concat()
}
