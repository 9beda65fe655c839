//! `docs/errors.md`, and the reasons in the README of the Node package, are written from the table. To write them again
//! after the table has changed:
//!
//! ```sh
//! WRITE_PAGE=1 cargo test -p bearward-core --lib failure::tests::page
//! ```

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use super::super::meaning::Meaning;
use super::super::table::{Row, Stage, rows};

const HEAD: &str = "\
# Errors

Each failure has a code, which does not change. It is `Failure::code()` in Rust, `error.reason` in Node, `code` in the log, in
`bearward explain` and in problem documents (RFC 9457). `Failure::stage()` names the stage of the check
in which it is found.

The client reads the sentence in the third column, as `error_description` in the challenge and in the body. Express answers with
[other words](troubleshooting.md#what-express-answers) by default. The answer says nothing about the token, about the settings or about
another server. The last column is for the operator: `Failure::remedy()` returns it, or what the cause needs
where more than the code is known.

| answer | `error` | whose mistake |
|---|---|---|
| 400 | `invalid_request` | the client's: the request is ambiguous or malformed |
| 401 | | the client sent no token; the challenge names the schemes that this API accepts |
| 401 | `invalid_token`, `invalid_dpop_proof`, `use_dpop_nonce` | the client's: it must get another token, or make another proof |
| 401 | `insufficient_user_authentication` | the user must sign in again |
| 403 | `insufficient_scope` | the token is valid, but not sufficient for this route |
| 500 | `server_error` | the operator's: the API is set up wrongly |
| 503 | `temporarily_unavailable` | another server's: the client may try again after `Retry-After` |

The errors of the npm package have the words of `express-oauth2-jwt-bearer` in their `message`, the sentence below in their
`description`, and status 400 for `invalid_dpop_proof`. In Express the client reads `message`, unless
`errorHandler({ words: 'core' })` answers; the other adapters answer with `description`.

A test writes this page from the table that also gives the answers their sentences.
";

/// The stages in their order, and what each does.
const STAGES: [(Stage, &str); 8] = [
    (Stage::Credential, "the credential is taken out of the request"),
    (Stage::Token, "the token is read"),
    (Stage::Issuer, "the issuer is found"),
    (Stage::Key, "the key is found"),
    (Stage::Signature, "the signature is verified"),
    (Stage::Claims, "the claims are validated"),
    (Stage::Confirmation, "the sender is confirmed"),
    (Stage::Requirement, "the route's requirement is checked"),
];

fn page() -> String {
    let mut page = HEAD.to_owned();
    for (at, (stage, what)) in STAGES.into_iter().enumerate() {
        write!(page, "\n## Stage {}: {what} (`{}`)\n\n", at + 1, stage.name()).unwrap();
        page.push_str(
            "| code | answer | what the client reads | what happened, and what to do |\n|---|---|---|---|\n",
        );
        for Row { code, meaning, client, remedy, .. } in rows().filter(|row| row.stage == stage) {
            let error = meaning.error().map(|error| format!(" `{error}`")).unwrap_or_default();
            let status = meaning.status().as_u16();
            writeln!(page, "| `{code}` | {status}{error} | {client} | {remedy} |").unwrap();
        }
    }
    page
}

/// The classes of errors of the npm package, with their status and the failures that they stand for.
const CLASSES: [(&str, u16, Meaning); 8] = [
    ("UnauthorizedError", 401, Meaning::NoCredential),
    ("InvalidRequestError", 400, Meaning::InvalidRequest),
    ("InvalidProofError", 400, Meaning::InvalidDpopProof),
    ("NonceRequiredError", 401, Meaning::UseDpopNonce),
    ("InvalidTokenError", 401, Meaning::InvalidToken),
    ("InsufficientScopeError", 403, Meaning::InsufficientScope),
    ("InsufficientAuthenticationError", 401, Meaning::InsufficientUserAuthentication),
    ("UnavailableError", 503, Meaning::TemporarilyUnavailable),
];

/// One line of the README's table for each class.
fn reasons() -> Vec<String> {
    let line = |(class, status, meaning): (&str, u16, Meaning)| {
        let is_of_class = |row: &&Row| match row.code {
            // The proof is good, and the token is another's.
            "proof_key_mismatch" => meaning == Meaning::InvalidToken,
            // JavaScript's resolver fails with an error of its own, and Express decodes paths itself.
            "resolver_unavailable" | "path_malformed" => false,
            _ => row.meaning == meaning,
        };
        let codes: Vec<_> = rows().filter(is_of_class).map(|row| format!("`{}`", row.code)).collect();
        let error = meaning.error().map(|error| format!(" `{error}` ")).unwrap_or(" ".to_owned());
        let certificates = match meaning {
            Meaning::InvalidRequest => {
                "; where certificates are looked at, `certificate_required`, `certificate_malformed`"
            }
            _ => "",
        };
        format!("| `{class}` | {status} |{error}| {}{certificates} |", codes.join(", "))
    };
    CLASSES.into_iter().map(line).collect()
}

#[test]
fn the_page_is_what_the_table_says() {
    is_written("docs/errors.md", |_| page());
}

#[test]
fn the_readme_of_the_node_package_lists_each_reason_beside_its_class() {
    is_written("bindings/node/README.md", |readme| {
        let mut readme = readme.to_owned();
        for line in reasons() {
            let class = &line[..line.find("` |").unwrap() + 3];
            let written = readme.lines().find(|written| written.starts_with(class));
            let written = written.unwrap_or_else(|| panic!("there is no line {class}")).to_owned();
            readme = readme.replace(&written, &line);
        }
        readme
    });
}

fn is_written(path: &str, expected: impl Fn(&str) -> String) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path);
    let read = || fs::read_to_string(&file).unwrap_or_default();
    let text = expected(&read());
    #[expect(
        clippy::disallowed_methods,
        reason = "whether to write the page is asked of the test, not of the core"
    )]
    if std::env::var_os("WRITE_PAGE").is_some() {
        fs::write(&file, &text).unwrap();
    }
    let written = read();
    let first = written.lines().zip(text.lines()).find(|(written, expected)| written != expected);
    assert!(written == text, "{path} is not what the table says, from here on: {first:?}");
}
