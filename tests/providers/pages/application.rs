//! What an application writes: in Rust, in Node.js, in a file of settings and in the environment.

use std::fmt::{self, Write as _};

use bearward_core::Provider;
use serde_json::{Value, json};

use super::row::Row;

/// One preset with values.
pub(super) struct Example {
    pub(super) name: &'static str,
    /// The expression in Rust.
    pub(super) written: &'static str,
    /// The same as data.
    pub(super) settings: Value,
}

/// Members and what they are set to, in the order of the preset.
type Members<'e> = Vec<(&'e str, &'e Value)>;

pub(super) fn section(part: &mut String, examples: &[Example], row: &Row) -> fmt::Result {
    writeln!(part, "| setting | | what it is | where it is found |\n|---|---|---|---|")?;
    for member in &row.members {
        let need = if member.need == "required" { "needed" } else { "" };
        writeln!(part, "| `{}` | {need} | {} | {} |", member.name, member.what, member.found)?;
    }
    let (first, others) = examples.split_first().expect("the preset works");
    let members = in_order(row, first);
    writeln!(part, "\nIn Rust, with axum:\n\n```rust,no_run\n{}```", rust_program(first.written))?;
    writeln!(part, "\nIn Node.js, with Express:\n\n```js\n{}```", express(&row.name, &members))?;
    writeln!(part, "\nIn a [file of settings](../settings.md):\n\n```yaml\n{}```", yaml(first))?;
    writeln!(part, "\nIn the environment:\n\n```sh\n{}\n```", variables(&row.name, &members))?;
    for example in others {
        let members = in_order(row, example);
        writeln!(part, "\n{}:\n", title(example.written))?;
        writeln!(
            part,
            "```rust\nuse bearward_axum::Provider;\n\nlet provider = {};\n```\n",
            rust(example.written, 0)
        )?;
        writeln!(
            part,
            "```js\nauth({{\n  provider: {},\n}});\n```\n",
            javascript(&row.name, &members, "  ")
        )?;
        writeln!(part, "```yaml\n{}```", yaml(example))?;
    }
    Ok(())
}

/// The two presets of one row.
fn title(written: &str) -> &'static str {
    if written.contains("b2c") {
        "For Azure AD B2C"
    } else {
        "For External ID, which has no policy in its URLs"
    }
}

fn rust_program(written: &str) -> String {
    format!(
        "use axum::{{Json, Router, routing::get}};
use bearward_axum::{{AuthInfo, Authorized, Protect, Provider, ResourceServer}};

async fn private(Authorized(token): Authorized) -> Json<AuthInfo> {{
    Json(token.info())
}}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {{
    let provider = {};
    let api = ResourceServer::builder().provider(provider).build()?;

    let app = Router::new().route(\"/api/private\", get(private)).layer(api.layer());

    let listener = tokio::net::TcpListener::bind(\"127.0.0.1:3001\").await?;
    Ok(axum::serve(listener, app).await?)
}}
",
        rust(written, 4)
    )
}

/// The expression, with each method on a line where it is long.
fn rust(written: &str, indent: usize) -> String {
    let one_line =
        written.split_whitespace().collect::<Vec<_>>().join(" ").replace(" .", ".").replace("( ", "(");
    let one_line = one_line.replace(" )", ")");
    let lines = format!("\n{}.", " ".repeat(indent + 4));
    if one_line.len() + indent <= 85 { one_line } else { one_line.replace(").", &format!("){lines}")) }
}

fn express(provider: &str, members: &Members<'_>) -> String {
    format!(
        "const express = require('express');
const {{ auth, errorHandler }} = require('bearward/express');

const app = express();

app.use('/api', auth({{
  provider: {},
}}));
app.get('/api/private', (req, res) => res.json(req.auth.info));
app.use(errorHandler());

app.listen(3001);
",
        javascript(provider, members, "  ")
    )
}

fn javascript(provider: &str, members: &Members<'_>, indent: &str) -> String {
    let quoted = |text: &Value| format!("'{}'", text.as_str().unwrap());
    let value = |value: &Value| match value {
        Value::Array(texts) => format!("[{}]", texts.iter().map(quoted).collect::<Vec<_>>().join(", ")),
        text => quoted(text),
    };
    let members: Vec<_> = members.iter().map(|(name, of)| format!("{name}: {}", value(of))).collect();
    let one_line = format!("{{ {provider}: {{ {} }} }}", members.join(", "));
    if one_line.len() <= 80 {
        return one_line;
    }
    let lines: String = members.iter().map(|member| format!("{indent}    {member},\n")).collect();
    format!("{{\n{indent}  {provider}: {{\n{lines}{indent}  }},\n{indent}}}")
}

/// The preset as a file of settings.
pub(super) fn yaml(example: &Example) -> String {
    let row = Row::of(example.name);
    let mut text = format!("issuers:\n  - provider:\n      {}:\n", row.name);
    for (name, value) in in_order(&row, example) {
        let value = match value {
            Value::Array(texts) => format!("[{}]", texts.iter().map(scalar).collect::<Vec<_>>().join(", ")),
            one => scalar(one),
        };
        text += &format!("        {name}: {value}\n");
    }
    text
}

/// In quotation marks, where YAML would read a number.
fn scalar(text: &Value) -> String {
    let text = text.as_str().unwrap();
    if text.bytes().all(|byte| byte.is_ascii_digit()) { format!("\"{text}\"") } else { text.to_owned() }
}

fn in_order<'e>(row: &'e Row, example: &'e Example) -> Members<'e> {
    let given = &example.settings[&row.name];
    let given = |name: &'e str| Some((name, given.get(name)?));
    row.members.iter().filter_map(|member| given(&member.name)).collect()
}

fn variables(provider: &str, members: &Members<'_>) -> String {
    let mut lines = vec![format!("PROVIDER={provider}")];
    let mut pairs = vec![("PROVIDER".to_owned(), provider.to_owned())];
    for (member, value) in members {
        let text = match value {
            Value::Array(texts) => {
                texts.iter().map(|text| text.as_str().unwrap()).collect::<Vec<_>>().join(" ")
            }
            one => one.as_str().unwrap().to_owned(),
        };
        let variable = format!("PROVIDER_{}", member.to_ascii_uppercase());
        let quoted = if text.contains(['!', ' ']) { format!("'{text}'") } else { text.clone() };
        lines.push(format!("{variable}={quoted}"));
        pairs.push((variable, text));
    }
    let read =
        Provider::from_variables(pairs.iter().map(|(name, text)| (name.clone(), text.as_str()))).unwrap();
    let members: serde_json::Map<_, _> =
        members.iter().map(|(name, value)| ((*name).to_owned(), (*value).clone())).collect();
    assert_eq!(read, Some(Provider::from_value(json!({ provider: members })).unwrap()));
    lines.join(" \\\n  ")
}
