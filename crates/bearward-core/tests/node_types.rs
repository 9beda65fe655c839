//! Types of the Node package are written from what the core has: its settings from their JSON Schema, the values of the
//! option `provider` from the table of providers. To write them again after a change:
//!
//! ```sh
//! WRITE_PAGE=1 cargo test -p bearward-core --features schema --test node_types
//! ```

#![allow(clippy::unwrap_used)] // helpers of the tests

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use bearward_core::trust::provider::PROVIDERS;
use serde::Deserialize;

/// What the JSON of a row says of its preset.
#[derive(Deserialize)]
struct Row {
    name: String,
    members: Vec<Member>,
}

#[derive(Deserialize)]
struct Member {
    name: String,
    need: String,
    takes: String,
    what: String,
}

#[cfg(feature = "schema")]
#[test]
fn the_settings_of_the_node_package_are_those_of_the_core() {
    is_written("bindings/node/lib/generated/settings.ts", &schema::types());
}

#[test]
fn the_providers_of_the_node_package_are_those_of_the_table() {
    is_written("bindings/node/lib/generated/provider-options.ts", &providers().unwrap());
}

fn is_written(path: &str, text: &str) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path);
    #[expect(
        clippy::disallowed_methods,
        reason = "whether to write the page is asked of the test, not of the core"
    )]
    if std::env::var_os("WRITE_PAGE").is_some() {
        fs::write(&file, text).unwrap();
    }
    let written = fs::read_to_string(&file).unwrap_or_default();
    let first = written.lines().zip(text.lines()).find(|(written, expected)| written != expected);
    assert!(written == text, "{path} is not what the core says, from here on: {first:?}");
}

/// One member of a union for each preset that can work.
fn providers() -> Result<String, Box<dyn std::error::Error>> {
    let mut text = "\
// The presets of providers and their values. This file is written from the core's table: see
// crates/bearward-core/tests/node_types.rs.

/** The name of one provider with the values that tell its installation and this API. */
export type ProviderOptions =
"
    .to_owned();
    // A preset without members only says why there is none.
    let rows: Vec<Row> = serde_json::from_value(serde_json::to_value(PROVIDERS)?)?;
    let presets: Vec<_> = rows.iter().filter(|row| !row.members.is_empty()).collect();
    for (at, preset) in presets.iter().enumerate() {
        writeln!(text, "  | {{\n      {}: {{", preset.name)?;
        for member in &preset.members {
            let optional = if member.need == "optional" { "?" } else { "" };
            let values = match member.takes.as_str() {
                "flag" => "boolean",
                "several" => "string | string[]",
                _ => "string",
            };
            writeln!(text, "        /** {}. */", sentence(&member.what))?;
            writeln!(text, "        {}{optional}: {values};", member.name)?;
        }
        let end = if at + 1 == presets.len() { ";" } else { "" };
        writeln!(text, "      }};\n    }}{end}")?;
    }
    Ok(text)
}

fn sentence(words: &str) -> String {
    words[..1].to_ascii_uppercase() + &words[1..]
}

/// TypeScript for a JSON Schema, as far as that of the settings goes.
#[cfg(feature = "schema")]
mod schema {
    use bearward_core::Settings;
    use serde_json::{Map, Value};

    const HEAD: &str = "\
// The settings of an engine, as they cross to the addon. This file is written from the core's JSON Schema: see
// crates/bearward-core/tests/node_types.rs.
";

    /// The longest line that the formatter of the package leaves as it is.
    const WIDTH: usize = 120;

    pub(crate) fn types() -> String {
        let root = Settings::json_schema();
        let definitions = root["$defs"].as_object().unwrap();
        let settings = declaration("Settings", &root);
        let others = definitions.iter().map(|(name, schema)| declaration(&name_of(name), schema));
        HEAD.to_owned() + &std::iter::once(settings).chain(others).collect::<String>()
    }

    /// The core calls what it reads data, and the package calls it settings.
    fn name_of(name: &str) -> String {
        name.strip_suffix("Data").map_or_else(|| name.to_owned(), |name| format!("{name}Settings"))
    }

    fn declaration(name: &str, schema: &Value) -> String {
        let doc = doc(schema, "");
        let Some(properties) = schema["properties"].as_object() else {
            return format!("\n{doc}{}", alias(name, &alternatives(schema)));
        };
        let members: String = properties
            .iter()
            .map(|(member, schema_of)| {
                let optional = if is_required(schema, member) { "" } else { "?" };
                format!("{}  {member}{optional}: {};\n", self::doc(schema_of, "  "), type_of(schema_of))
            })
            .collect();
        format!("\n{doc}export interface {name} {{\n{members}}}\n")
    }

    fn alias(name: &str, types: &[String]) -> String {
        let line = format!("export type {name} = {};\n", types.join(" | "));
        if line.len() <= WIDTH {
            return line;
        }
        format!("export type {name} =\n  | {};\n", types.join("\n  | "))
    }

    fn doc(schema: &Value, indent: &str) -> String {
        schema["description"]
            .as_str()
            .map_or_else(String::new, |text| format!("{indent}/** {} */\n", text.replace('\n', " ")))
    }

    fn is_required(object: &Value, member: &str) -> bool {
        object["required"].as_array().is_some_and(|names| names.iter().any(|name| name == member))
    }

    fn type_of(schema: &Value) -> String {
        alternatives(schema).join(" | ")
    }

    /// The types that a value may have. An absent member takes the place of `null`.
    fn alternatives(schema: &Value) -> Vec<String> {
        if let Some(reference) = schema["$ref"].as_str() {
            return vec![name_of(reference.rsplit('/').next().unwrap())];
        }
        if let Some(schemas) = schema["anyOf"].as_array().or_else(|| schema["oneOf"].as_array()) {
            return schemas.iter().flat_map(alternatives).collect();
        }
        if let Some(values) = schema["enum"].as_array() {
            return values.iter().map(literal).collect();
        }
        if let Some(value) = schema.get("const") {
            return vec![literal(value)];
        }
        match &schema["type"] {
            Value::String(name) => named(name, schema),
            Value::Array(names) => {
                names.iter().flat_map(|name| named(name.as_str().unwrap(), schema)).collect()
            }
            _ => vec!["unknown".to_owned()],
        }
    }

    fn named(name: &str, schema: &Value) -> Vec<String> {
        let written = match name {
            "null" => return vec![],
            "integer" => "number".to_owned(),
            "array" => match alternatives(&schema["items"]).as_slice() {
                [one] => format!("readonly {one}[]"),
                several => format!("readonly ({})[]", several.join(" | ")),
            },
            "object" => object(schema),
            name => name.to_owned(),
        };
        vec![written]
    }

    fn object(schema: &Value) -> String {
        match (schema["properties"].as_object(), &schema["additionalProperties"]) {
            (Some(members), _) => inline(members),
            (None, Value::Null) => "object".to_owned(),
            (None, values) => format!("Readonly<Record<string, {}>>", type_of(values)),
        }
    }

    fn inline(members: &Map<String, Value>) -> String {
        let members: Vec<_> =
            members.iter().map(|(name, schema)| format!("{name}: {}", type_of(schema))).collect();
        format!("{{ {} }}", members.join("; "))
    }

    fn literal(value: &Value) -> String {
        format!("'{}'", value.as_str().unwrap())
    }
}
