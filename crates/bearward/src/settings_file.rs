//! Settings from a file: YAML, TOML or JSON, with values from the environment.
//!
//! 1. The name of the file says its form: `.yaml` or `.yml`, `.toml`, `.json`.
//! 2. `${NAME}` in a text is replaced by the environment variable of that name, after the file was read: a value cannot
//!    add settings. A variable that is not set, or is empty, is an error. `$${` is the text `${`.
//! 3. Nothing is merged, included or guessed: a file that has a member twice is refused.
//! 4. No error quotes what the file says.

use std::ffi::OsString;
use std::path::Path;

use bearward_core::engine::Problem;
use bearward_core::{ConfigError, Settings};
use serde_json::Value;

use crate::ResourceServer;

impl ResourceServer {
    /// Builds a resource server of settings that are data. [`builder`](Self::builder) with
    /// [`settings`](crate::builder::ResourceServerBuilder::settings) does so where code is to be added: stores, validators, an HTTP client.
    ///
    /// # Errors
    /// [`ConfigError`] says which setting cannot work, and why.
    pub fn from_settings(settings: &Settings) -> Result<Self, ConfigError> {
        Self::builder().settings(settings)?.build()
    }

    /// Builds a resource server of a file: YAML (`.yaml`, `.yml`), TOML (`.toml`) or JSON (`.json`). `${NAME}` in a text is
    /// replaced by the environment variable of that name. `docs/settings.md` in the repository describes the settings.
    ///
    /// ```no_run
    /// use bearward::ResourceServer;
    ///
    /// let api = ResourceServer::from_file("bearward.yaml")?;
    /// # Ok::<(), bearward::ConfigError>(())
    /// ```
    ///
    /// # Errors
    /// [`ConfigError`] says which setting cannot work, and why: the first one.
    /// [`check_file`](Self::check_file) says all.
    pub fn from_file(path: impl AsRef<Path>) -> Result<Self, ConfigError> {
        Self::from_settings(&Self::settings_of_file(path)?)
    }

    /// Reads a file as [`from_file`](Self::from_file) does.
    ///
    /// # Errors
    /// [`ConfigError`] where the file cannot be read, or has what is not a setting.
    pub fn settings_of_file(path: impl AsRef<Path>) -> Result<Settings, ConfigError> {
        match read(path.as_ref(), |name| std::env::var_os(name)) {
            Ok(value) => Settings::from_value(value),
            Err(problems) => Err(first(problems)),
        }
    }

    /// Everything that is wrong with a file of settings, each problem at its path; empty where
    /// [`from_file`](Self::from_file) can build a resource server of it. Nothing is fetched.
    #[must_use]
    pub fn check_file(path: impl AsRef<Path>) -> Vec<ConfigError> {
        read(path.as_ref(), |name| std::env::var_os(name))
            .map_or_else(|problems| problems, Settings::problems_of)
    }
}

/// No file of settings is longer; a longer one was named by mistake.
const MAX_BYTES: u64 = 1024 * 1024;

/// Reads the file, and puts the variables in.
fn read(path: &Path, variable: impl Fn(&str) -> Option<OsString>) -> Result<Value, Vec<ConfigError>> {
    let text = text(path).map_err(|why| vec![ConfigError::new("", Problem::File(why))])?;
    let mut value = parsed(path, &text).map_err(|why| vec![ConfigError::new("", Problem::File(why))])?;
    let mut problems = Vec::new();
    substitute(&mut value, "", &variable, &mut problems);
    if problems.is_empty() { Ok(value) } else { Err(problems) }
}

/// Of at least one problem, the first.
fn first(problems: Vec<ConfigError>) -> ConfigError {
    let unknown = || ConfigError::new("", Problem::File("the file cannot be read".to_owned()));
    problems.into_iter().next().unwrap_or_else(unknown)
}

fn text(path: &Path) -> Result<String, String> {
    let name = path.display();
    let cannot = |error: std::io::Error| format!("{name}: cannot be read: {error}");
    let length = std::fs::metadata(path).map_err(cannot)?.len();
    if length > MAX_BYTES {
        return Err(format!("{name}: has more than a mebibyte, so it is not a file of settings"));
    }
    std::fs::read_to_string(path).map_err(cannot)
}

fn parsed(path: &Path, text: &str) -> Result<Value, String> {
    let name = path.display();
    let is = |extension: &str| path.extension().is_some_and(|own| own.eq_ignore_ascii_case(extension));
    if is("yaml") || is("yml") {
        return yaml(text).map_err(|at| format!("{name}: is not YAML{at}"));
    }
    if is("toml") {
        return toml::from_str(text).map_err(|error| {
            let line = error.span().map(|span| text[..span.start.min(text.len())].lines().count().max(1));
            let at = line.map_or_else(String::new, |line| format!(", line {line}"));
            format!("{name}: is not TOML{at}")
        });
    }
    if is("json") {
        return json(text).map_err(|why| format!("{name}: {why}"));
    }
    Err(format!("{name}: the name of a file of settings ends in .yaml, .yml, .toml or .json"))
}

/// The strict reader says whether a member is there twice.
fn json(text: &str) -> Result<Value, String> {
    Settings::json_value(text).map_err(|error| error.to_string())
}

/// The error says where, without a word of the text.
fn yaml(text: &str) -> Result<Value, String> {
    // Without YAML 1.1's words for booleans: `off` is a text.
    let merge_keys = serde_saphyr::MergeKeyPolicy::Error;
    let options = serde_saphyr::options! { strict_booleans: true, merge_keys: merge_keys };
    serde_saphyr::from_str_with_options(text, options).map_err(|error| match error.location() {
        Some(location) => format!(", line {}, column {}", location.line(), location.column()),
        None => String::new(),
    })
}

/// Replaces each variable in the texts of the value.
fn substitute(
    value: &mut Value,
    path: &str,
    variable: &impl Fn(&str) -> Option<OsString>,
    problems: &mut Vec<ConfigError>,
) {
    match value {
        Value::String(text) if text.contains("${") => match filled(text, variable) {
            Ok(filled) => *text = filled,
            Err(problem) => problems.push(ConfigError::new(path, problem)),
        },
        Value::Array(elements) => {
            for (index, element) in elements.iter_mut().enumerate() {
                substitute(element, &format!("{path}[{index}]"), variable, problems);
            }
        }
        Value::Object(members) => {
            for (name, member) in members {
                let dot = if path.is_empty() { "" } else { "." };
                substitute(member, &format!("{path}{dot}{name}"), variable, problems);
            }
        }
        _ => {}
    }
}

fn filled(text: &str, variable: &impl Fn(&str) -> Option<OsString>) -> Result<String, Problem> {
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find("${") {
        let (before, after) = rest.split_at(start);
        let after = &after["${".len()..];
        if let Some(literal) = before.strip_suffix('$') {
            filled.push_str(literal);
            filled.push_str("${");
            rest = after;
            continue;
        }
        filled.push_str(before);
        let Some((name, after)) = after.split_once('}') else {
            return Err(Problem::Form(
                "a text in which each ${ has its }; write $${ for the text ${".to_owned(),
            ));
        };
        filled.push_str(&value_of(name, variable)?);
        rest = after;
    }
    filled.push_str(rest);
    Ok(filled)
}

fn value_of(name: &str, variable: &impl Fn(&str) -> Option<OsString>) -> Result<String, Problem> {
    let refused = |why| Problem::Variable { name: name.chars().take(100).collect(), why };
    let is_name = |name: &str| {
        !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    };
    if !is_name(name) {
        return Err(refused("is not the name of a variable; write ${NAME}, or $${ for the text ${"));
    }
    match variable(name).filter(|value| !value.is_empty()).map(OsString::into_string) {
        Some(Ok(value)) => Ok(value),
        Some(Err(_)) => Err(refused("is not Unicode text")),
        None => Err(refused("is not set")),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn variables(name: &str) -> Option<OsString> {
        match name {
            "SECRET" => Some("a: b\n${OTHER}".into()),
            "HOST" => Some("tenant.example".into()),
            "EMPTY" => Some(OsString::new()),
            _ => None,
        }
    }

    fn read_text(name: &str, text: &str) -> Result<Value, Vec<ConfigError>> {
        let folder = std::env::temp_dir().join(format!("bearward-settings-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let path = folder.join(name);
        std::fs::write(&path, text).unwrap();
        let read = read(&path, variables);
        std::fs::remove_file(&path).unwrap();
        read
    }

    fn said(name: &str, text: &str) -> String {
        read_text(name, text).unwrap_err().iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn the_three_forms_say_the_same() {
        let expected = json!({ "issuers": [{ "issuer": "https://a.example" }], "limits": { "max_keys": 7 }, "realm": "a" });
        for (name, text) in [
            ("forms.yaml", "issuers:\n  - issuer: https://a.example\nlimits: {max_keys: 7}\nrealm: a\n"),
            ("forms.YML", "issuers: [{issuer: 'https://a.example'}]\nlimits:\n  max_keys: 7\nrealm: \"a\"\n"),
            (
                "forms.toml",
                "realm = \"a\"\n[[issuers]]\nissuer = \"https://a.example\"\n[limits]\nmax_keys = 7\n",
            ),
            (
                "forms.json",
                r#"{"issuers":[{"issuer":"https://a.example"}],"limits":{"max_keys":7},"realm":"a"}"#,
            ),
        ] {
            assert_eq!(read_text(name, text).unwrap(), expected, "{name}");
        }
    }

    #[test]
    fn variables_are_put_into_texts_and_add_no_settings() {
        let text = "realm: ${SECRET}\nissuers: [{issuer: 'https://${HOST}/oidc'}]\nx: $${HOST}\ny: $5\n";
        let value = read_text("variables.yaml", text).unwrap();
        let expected = json!({
            "realm": "a: b\n${OTHER}", "issuers": [{ "issuer": "https://tenant.example/oidc" }], "x": "${HOST}", "y": "$5",
        });
        assert_eq!(value, expected);
    }

    #[test]
    fn a_variable_that_cannot_be_used_is_named_with_the_path() {
        let text = "a: [{b: '${UNSET}'}]\nc: ${EMPTY}\nd: '${NO NAME}'\ne: '${HOST'\n";
        let found = said("unset.yaml", text);
        for expected in [
            "a[0].b: environment variable UNSET: is not set",
            "c: environment variable EMPTY: is not set",
            "d: environment variable NO NAME: is not the name of a variable",
            "e: must be a text in which each ${ has its }",
        ] {
            assert!(found.contains(expected), "{expected} in {found}");
        }
    }

    #[test]
    fn what_is_not_of_its_form_is_refused_without_a_quote() {
        for (name, text, expected) in [
            ("broken.yaml", "a: [hush\nb: c\n", "is not YAML"),
            ("twice.yaml", "a: 1\na: hush\n", "is not YAML"),
            ("merged.yaml", "a: &hush {b: 1}\nc: {<<: *hush}\n", "is not YAML"),
            ("broken.toml", "a = hush\n", "is not TOML, line 1"),
            ("broken.json", "{\"a\": hush}", "broken.json: "),
            ("twice.json", r#"{"a": 1, "a": "hush"}"#, "twice.json: "),
            ("settings.ini", "hush", "ends in .yaml, .yml, .toml or .json"),
            ("settings", "hush", "ends in .yaml, .yml, .toml or .json"),
        ] {
            let found = said(name, text);
            assert!(found.contains(expected) && !found.contains("hush"), "{found}");
        }
        let missing = read(Path::new("no/such/file.yaml"), variables).unwrap_err();
        assert!(missing[0].to_string().starts_with("no/such/file.yaml: cannot be read: "), "{missing:?}");
    }

    #[test]
    fn settings_that_would_undo_what_was_set_before_are_an_error() {
        let settings = Settings::from_value(serde_json::json!({
            "issuers": [{ "issuer": "https://tenant.example" }], "audiences": ["https://api.example.com"],
        }));
        let settings = settings.unwrap();
        let begun = ResourceServer::builder().max_age(std::time::Duration::from_secs(60));
        let error = begun.settings(&settings).map(drop).unwrap_err();
        assert!(error.to_string().contains("first call on the builder"), "{error}");
        let after = ResourceServer::builder().settings(&settings).unwrap();
        assert!(after.max_age(std::time::Duration::from_secs(60)).build().is_ok());
    }
}
