//! The API's first page: its routes, and what to paste, as HTML.

use std::fmt::{self, Write as _};

use axum::Router;
use axum::http::HeaderValue;
use axum::http::header::CONTENT_SECURITY_POLICY;
use axum::response::{Html, IntoResponse};
use axum::routing::get;

use super::{ROUTES, Walkthrough};

/// `GET /`.
pub(super) fn page(walkthrough: &Walkthrough) -> Router {
    let html = Page(walkthrough).to_string();
    // The page is plain; whatever should get into it all the same is not run.
    let policy = HeaderValue::from_static("default-src 'none'; style-src 'unsafe-inline'");
    let page = move || async move { ([(CONTENT_SECURITY_POLICY, policy)], Html(html)).into_response() };
    Router::new().route("/", get(page))
}

const HEAD: &str = "<!doctype html>
<html lang=\"en\">
<meta charset=\"utf-8\">
<meta name=\"viewport\" content=\"width=device-width\">
<title>Bearward demo</title>
<style>
  :root { color-scheme: light dark; }
  body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
  table { border-collapse: collapse; width: 100%; }
  th, td { text-align: left; vertical-align: top; padding: .4rem 1rem .4rem 0; border-bottom: 1px solid #8884; }
  code, pre { font: 14px/1.5 ui-monospace, monospace; }
  pre { overflow-x: auto; padding: .6rem .8rem; margin: .2rem 0 1rem; background: #8881; border-radius: 6px; }
  p { margin: .6rem 0 0; }
  .s2 { color: #188038; } .s4 { color: #c5221f; }
  b { font-weight: 600; }
</style>
";

struct Page<'w>(&'w Walkthrough);

impl fmt::Display for Page<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Walkthrough { issuer, audience, sections, .. } = self.0;
        f.write_str(HEAD)?;
        writeln!(f, "<h1>A protected API</h1>")?;
        writeln!(
            f,
            "<p>It accepts tokens of the authorization server <code>{}</code> for the audience \
             <code>{}</code>.</p>",
            Escaped(issuer),
            Escaped(audience)
        )?;
        writeln!(f, "<h2>Routes</h2>\n<table>\n<tr><th>route</th><th>needs</th></tr>")?;
        for route in ROUTES {
            let (method, path, needs) = (route.method, Escaped(route.path), Escaped(route.needs));
            writeln!(f, "<tr><td><code>{method}&nbsp;{path}</code></td><td>{needs}</td></tr>")?;
        }
        writeln!(f, "</table>")?;
        for section in sections {
            writeln!(f, "<h2>{}</h2>", Escaped(section.title))?;
            for line in &section.lines {
                f.write_str("<p>")?;
                if let Some(status) = line.status {
                    write!(f, "<b class=\"s{}\">{status}</b> ", status / 100)?;
                }
                writeln!(f, "{}</p>\n<pre>{}</pre>", Escaped(&line.about), Escaped(&line.command))?;
            }
        }
        writeln!(f, "</html>")
    }
}

/// Text that stays text in HTML, between tags and within quoted attributes.
struct Escaped<'t>(&'t str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.chars().try_for_each(|character| match character {
            '&' => f.write_str("&amp;"),
            '<' => f.write_str("&lt;"),
            '>' => f.write_str("&gt;"),
            '"' => f.write_str("&quot;"),
            '\'' => f.write_str("&#39;"),
            other => f.write_char(other),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::introspection::IntrospectionOptions;

    #[test]
    fn what_the_operator_named_stays_text() {
        let hostile = "https://issuer.example/<script>alert('&\"')</script>";
        let page = Page(&Walkthrough::external(
            "http://127.0.0.1:1",
            hostile,
            hostile,
            &IntrospectionOptions::default(),
        ))
        .to_string();
        assert!(!page.contains("<script"));
        assert!(
            page.contains("https://issuer.example/&lt;script&gt;alert(&#39;&amp;&quot;&#39;)&lt;/script&gt;")
        );
    }
}
