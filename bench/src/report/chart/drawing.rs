//! The elements of a picture.

use std::fmt::Write as _;

/// In the picture's own units; a page that is narrower shows it smaller.
pub(super) const WIDTH: f64 = 480.0;

/// The distance from the edge.
pub(super) const MARGIN: f64 = 14.0;

/// How wide a letter is at most in the mean, in its own height: there is nothing here to measure text with.
const LETTER: f64 = 0.57;

/// Where a text has its point.
#[derive(Clone, Copy)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

/// A picture in the making. Colours are classes of its style.
pub(super) struct Drawing {
    height: f64,
    body: String,
}

impl Drawing {
    /// With its title, and how to read it.
    pub(super) fn new(height: f64, title: &str, scale: &str) -> Self {
        let mut drawing = Self { height, body: String::new() };
        drawing.text("title", (MARGIN, 27.0), Anchor::Start, title);
        drawing.text("faint", (MARGIN, 47.0), Anchor::Start, scale);
        drawing
    }

    pub(super) fn text(&mut self, class: &str, (x, y): (f64, f64), anchor: Anchor, text: &str) {
        let anchor = match anchor {
            Anchor::Start => "start",
            Anchor::Middle => "middle",
            Anchor::End => "end",
        };
        self.element(&format!(
            "<text class=\"{class}\" x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\">{}</text>",
            escaped(text)
        ));
    }

    pub(super) fn line(&mut self, class: &str, (x1, y1): (f64, f64), (x2, y2): (f64, f64)) {
        self.element(&format!(
            "<line class=\"{class}\" x1=\"{x1:.1}\" y1=\"{y1:.1}\" x2=\"{x2:.1}\" y2=\"{y2:.1}\"/>"
        ));
    }

    pub(super) fn rectangle(&mut self, class: &str, (x, y): (f64, f64), (width, height): (f64, f64)) {
        self.element(&format!(
            "<rect class=\"{class}\" x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{height:.1}\"/>"
        ));
    }

    /// A line through these points.
    pub(super) fn path(&mut self, class: &str, points: &[(f64, f64)]) {
        let points: Vec<_> = points.iter().map(|(x, y)| format!("{x:.1},{y:.1}")).collect();
        self.element(&format!("<polyline class=\"{class}\" points=\"{}\"/>", points.join(" ")));
    }

    /// A filled form.
    pub(super) fn form(&mut self, class: &str, points: &[(f64, f64)]) {
        let points: Vec<_> = points.iter().map(|(x, y)| format!("{x:.1},{y:.1}")).collect();
        self.element(&format!("<polygon class=\"{class}\" points=\"{}\"/>", points.join(" ")));
    }

    /// What belongs to one value, which `said` puts in words.
    pub(super) fn value(&mut self, said: &str, draw: impl FnOnce(&mut Self)) {
        self.element(&format!("<g><title>{}</title>", escaped(said)));
        draw(self);
        self.element("</g>");
    }

    fn element(&mut self, element: &str) {
        self.body.push_str(element);
        self.body.push('\n');
    }

    /// The file. `words` is what it shows, for readers who cannot see it.
    pub(super) fn finish(self, title: &str, words: &str) -> String {
        let mut file = String::new();
        let height = self.height;
        // Writing to a String cannot fail.
        let _ = write!(
            file,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{WIDTH:.0}\" height=\"{height:.0}\" \
             viewBox=\"0 0 {WIDTH:.0} {height:.0}\" role=\"img\" aria-labelledby=\"name desc\">\n\
             <title id=\"name\">{}</title>\n<desc id=\"desc\">{}</desc>\n<style>{STYLE}</style>\n\
             <rect class=\"page\" x=\"0.5\" y=\"0.5\" width=\"{:.0}\" height=\"{:.0}\" rx=\"6\"/>\n{}</svg>\n",
            escaped(title),
            escaped(words),
            WIDTH - 1.0,
            height - 1.0,
            self.body,
        );
        file
    }
}

/// How wide this text is at most, in letters of `size`.
pub(super) fn width(text: &str, size: f64) -> f64 {
    text.chars().count() as f64 * size * LETTER
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// Each colour has a contrast of 4.5 to 1 (text) or 3 to 1 (the rest) with its background.
const STYLE: &str = "
svg { font-family: system-ui, -apple-system, 'Segoe UI', Roboto, 'Liberation Sans', sans-serif; font-size: 13px; }
.title { font-size: 17px; font-weight: 600; }
.own { font-weight: 700; }
.number { font-size: 12px; font-variant-numeric: tabular-nums; paint-order: stroke; stroke-width: 3px; }
.page { fill: #ffffff; stroke: #d1d9e0; }
.band { fill: #f0f3f6; }
text { fill: #1f2328; }
.number { stroke: #ffffff; }
.faint { fill: #59636e; }
.grid { stroke: #d1d9e0; }
.limit { stroke: #59636e; stroke-dasharray: 4 3; }
.range { stroke: #1f2328; stroke-width: 1.2; }
.fill0 { fill: #0a58ca; } .line0 { stroke: #0a58ca; }
.fill1 { fill: #c25b0e; } .line1 { stroke: #c25b0e; }
.fill2 { fill: #1a7f37; } .line2 { stroke: #1a7f37; }
.fill3 { fill: #8250df; } .line3 { stroke: #8250df; }
polyline { fill: none; stroke-width: 2; stroke-linejoin: round; }
@media (prefers-color-scheme: dark) {
.page { fill: #151b23; stroke: #3d444d; }
.band { fill: #222a34; }
text { fill: #f0f6fc; }
.number { stroke: #151b23; }
.faint { fill: #9ea7b1; }
.grid { stroke: #3d444d; }
.limit { stroke: #9ea7b1; }
.range { stroke: #f0f6fc; }
.fill0 { fill: #5ba3ff; } .line0 { stroke: #5ba3ff; }
.fill1 { fill: #e8955a; } .line1 { stroke: #e8955a; }
.fill2 { fill: #4cc26a; } .line2 { stroke: #4cc26a; }
.fill3 { fill: #b392f5; } .line3 { stroke: #b392f5; }
}
";

#[cfg(test)]
mod tests {
    use super::Drawing;

    #[test]
    fn text_cannot_end_its_element() {
        let drawing = Drawing::new(100.0, "a", "b").finish("</title><script>", "\"&\"");
        assert!(drawing.contains("<title id=\"name\">&lt;/title&gt;&lt;script&gt;</title>"));
        assert!(drawing.contains("<desc id=\"desc\">&quot;&amp;&quot;</desc>"));
    }
}
