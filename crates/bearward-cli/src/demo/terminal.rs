//! The page of the lines to paste, and of the routes, as HTML without any script.

use std::fmt::{self, Write as _};

use axum::Router;

use super::{ROUTES, Walkthrough};
use crate::playground::html;

/// `GET /terminal`.
pub(super) fn page(walkthrough: &Walkthrough) -> Router {
    html("/terminal", Page(walkthrough).to_string())
}

const HEAD: &str = "<!doctype html>
<html lang=\"en\">
<head>
<meta charset=\"utf-8\">
<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">
<meta name=\"color-scheme\" content=\"light dark\">
<title>Bearward in a terminal</title>
<link rel=\"icon\" href=\"/playground/icon.svg\" type=\"image/svg+xml\">
<link rel=\"stylesheet\" href=\"/playground/style.css\">
</head>
<body>
";

struct Page<'w>(&'w Walkthrough);

impl fmt::Display for Page<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Walkthrough { issuer, audience, sections, .. } = self.0;
        f.write_str(HEAD)?;
        writeln!(f, "<header class=\"top\">\n<h1>The API in a terminal</h1>")?;
        writeln!(
            f,
            "<p>It accepts tokens of the authorization server <code>{}</code> for the audience \
             <code>{}</code>. Paste these lines into a shell, in their order.</p>",
            Escaped(issuer),
            Escaped(audience)
        )?;
        writeln!(f, "<nav aria-label=\"Pages\"><a href=\"/\">The playground</a></nav>\n</header>")?;
        writeln!(f, "<div class=\"lines\" role=\"main\">\n<section>\n<h2>Routes</h2>\n<table>")?;
        writeln!(
            f,
            "<thead><tr><th scope=\"col\">Route</th><th scope=\"col\">Needs</th></tr></thead>\n<tbody>"
        )?;
        for route in ROUTES {
            let (method, path, needs) = (route.method, Escaped(route.path), Escaped(route.needs));
            writeln!(f, "<tr><th scope=\"row\">{method} {path}</th><td>{needs}</td></tr>")?;
        }
        writeln!(f, "</tbody>\n</table>\n</section>")?;
        for section in sections {
            writeln!(f, "<section>\n<h2>{}</h2>", Escaped(section.title))?;
            for line in &section.lines {
                f.write_str("<p class=\"line\">")?;
                if let Some(status) = line.status {
                    write!(f, "<b class=\"s{}\">{status}</b> ", status / 100)?;
                }
                writeln!(f, "{}</p>\n<pre>{}</pre>", Escaped(&line.about), Escaped(&line.command))?;
            }
            writeln!(f, "</section>")?;
        }
        writeln!(f, "</div>\n</body>\n</html>")
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
