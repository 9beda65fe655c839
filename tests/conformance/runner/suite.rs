//! The files of the suite, as the README beside this folder describes them.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;
use std::sync::LazyLock;

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::text::Text;

/// One file of cases.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Theme {
    /// The file's name without its extension.
    #[serde(skip)]
    pub(crate) file: String,
    #[serde(rename = "theme")]
    _title: String,
    /// The server that its cases are for.
    #[serde(default)]
    pub(crate) server: Server,
    /// Whether its cases are about what calls of gRPC do not have.
    #[serde(default)]
    pub(crate) http_alone: bool,
    pub(crate) cases: Vec<Case>,
}

/// Which of the servers of a target.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Server {
    /// The one at its defaults.
    #[default]
    Usual,
    /// The same API, which asks each DPoP proof for a nonce.
    WithNonces,
    /// The same API, which asks the authorization server about opaque tokens.
    WithIntrospection,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) token: Option<Token>,
    pub(crate) scheme: Option<String>,
    pub(crate) proof: Option<Proof>,
    pub(crate) certificate: Option<Party>,
    #[serde(default)]
    pub(crate) request: Request,
    pub(crate) expect: Expectation,
    pub(crate) at_once: Option<AtOnce>,
    #[serde(default)]
    pub(crate) then: Vec<Next>,
}

/// Another request of the same case. What it does not name is as it was in the one before, to the last byte.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Next {
    pub(crate) token: Option<Token>,
    pub(crate) scheme: Option<String>,
    pub(crate) proof: Option<Proof>,
    pub(crate) certificate: Option<Party>,
    pub(crate) request: Option<Request>,
    pub(crate) expect: Expectation,
}

/// The same request many times at the same time: one meets the expectation, all others meet this one.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AtOnce {
    pub(crate) requests: usize,
    pub(crate) others: Expectation,
}

/// Whose key, or whose certificate.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Party {
    #[default]
    Client,
    Stranger,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Proof {
    pub(crate) key: Party,
    pub(crate) algorithm: Option<bearward_issuer::Algorithm>,
    pub(crate) signed_by: Option<ProofSigner>,
    pub(crate) header: Map<String, Value>,
    pub(crate) claims: Map<String, Value>,
    pub(crate) raw_header: Option<Text>,
    pub(crate) raw_claims: Option<Text>,
    pub(crate) signature: Option<Signature>,
    pub(crate) write: Option<Text>,
    pub(crate) times: Option<usize>,
}

/// Who signs in the place of the key in the proof's header.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ProofSigner {
    Stranger,
    /// HS256, keyed with the text of the public JWK.
    Secret,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Token {
    /// Whether it says nothing by itself: the authorization server answers with its claims.
    pub(crate) opaque: bool,
    pub(crate) sign: Sign,
    pub(crate) header: Map<String, Value>,
    pub(crate) claims: Map<String, Value>,
    pub(crate) raw_header: Option<Text>,
    pub(crate) raw_claims: Option<Text>,
    pub(crate) signature: Option<Signature>,
    pub(crate) write: Option<Text>,
    pub(crate) length: Option<usize>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Sign {
    pub(crate) with: Signer,
    pub(crate) algorithm: Option<bearward_issuer::Algorithm>,
    pub(crate) secret: Option<Secret>,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Signer {
    #[default]
    Issuer,
    Stranger,
    Secret,
}

/// What an HMAC is keyed with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Secret {
    Pem,
    Der,
    Jwk,
    Empty,
}

/// Bytes in the place of the signature.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Signature {
    Zeros(usize),
    Ones(usize),
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Request {
    pub(crate) method: Option<String>,
    pub(crate) path: Option<String>,
    pub(crate) query: Option<String>,
    pub(crate) headers: Option<Vec<(String, String)>>,
    pub(crate) body: Option<String>,
    pub(crate) from: Peer,
}

/// Which address a request comes from.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Peer {
    /// The one of the proxy that the server under test trusts.
    #[default]
    Proxy,
    /// Another.
    Anyone,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(crate) enum Expectation {
    /// `accepted`, or a row of `refusals.json`.
    Named(String),
    Exactly {
        status: u16,
        json: Value,
    },
}

/// A row of `refusals.json`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Refusal {
    pub(crate) code: String,
    pub(crate) status: u16,
    pub(crate) challenges: Vec<String>,
    pub(crate) body: String,
}

pub(crate) fn directory() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("conformance")
}

/// Every theme, by the name of its file.
pub(crate) fn themes() -> Vec<Theme> {
    let mut paths: Vec<_> = fs::read_dir(directory().join("cases"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .collect();
    paths.sort();
    let read = |path: &PathBuf| {
        let text = fs::read(path).unwrap();
        let theme: Theme =
            serde_json::from_slice(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let names: BTreeSet<_> = theme.cases.iter().map(|case| &case.name).collect();
        assert_eq!(names.len(), theme.cases.len(), "{}: a name occurs twice", path.display());
        Theme { file: path.file_stem().unwrap().to_string_lossy().into_owned(), ..theme }
    };
    paths.iter().map(read).collect()
}

static REFUSALS: LazyLock<BTreeMap<String, Refusal>> = LazyLock::new(|| {
    let text = fs::read(directory().join("refusals.json")).unwrap();
    serde_json::from_slice(&text).expect("refusals.json")
});

pub(crate) fn refusal(name: &str) -> &'static Refusal {
    REFUSALS.get(name).unwrap_or_else(|| panic!("no row {name:?} in refusals.json"))
}
