//! As much of Markdown as the checks need: headings, links, code in a line, and the text outside code blocks.

use std::collections::{BTreeMap, BTreeSet};

/// One page, in pieces with their line numbers.
#[derive(Debug, Default)]
pub(crate) struct Page {
    /// Relative to the root of the repository.
    pub(crate) path: String,
    /// The text of the first heading.
    pub(crate) title: Option<String>,
    /// What a fragment can name.
    pub(crate) anchors: BTreeSet<String>,
    /// Where links lead, as they are written.
    pub(crate) links: Vec<(usize, String)>,
    /// The text between backticks.
    pub(crate) code: Vec<(usize, String)>,
    /// Lines outside code blocks, without the code in them.
    pub(crate) prose: Vec<(usize, String)>,
}

impl Page {
    pub(crate) fn parse(path: &str, text: &str) -> Self {
        let mut page = Self { path: path.to_owned(), ..Self::default() };
        let mut fences = Fences::default();
        let mut seen = BTreeMap::new();
        for (number, line) in (1..).zip(text.lines()) {
            if fences.has_code(line) {
                continue;
            }
            if let Some(title) = heading(line) {
                page.title.get_or_insert_with(|| title.to_owned());
                page.anchors.insert(anchor(title, &mut seen));
            }
            page.line(number, line);
        }
        page
    }

    fn line(&mut self, number: usize, line: &str) {
        let (prose, code) = without_code(line);
        self.code.extend(code.into_iter().map(|code| (number, code)));
        for part in prose.split("](").skip(1) {
            let target = part.split([')', ' ']).next().unwrap_or_default();
            self.links.push((number, target.to_owned()));
        }
        if let Some((_, target)) = prose.split_once("]: ").filter(|(label, _)| label.starts_with('[')) {
            self.links.push((number, target.split(' ').next().unwrap_or_default().to_owned()));
        }
        for part in prose.split(" id=\"").skip(1) {
            self.anchors.extend(part.split('"').next().map(str::to_owned));
        }
        self.prose.push((number, prose));
    }
}

/// The text with each link replaced by what `new` gives for it.
pub(crate) fn with_links(text: &str, new: impl Fn(&str) -> Option<String>) -> String {
    let mut fences = Fences::default();
    let mut out = String::new();
    for line in text.split_inclusive('\n') {
        if fences.has_code(line) {
            out.push_str(line);
            continue;
        }
        let mut rest = line;
        while let Some((before, after)) = rest.split_once("](") {
            // An odd number of marks before it: the link is within a piece of code.
            let end = after.find([')', ' ']).unwrap_or(after.len());
            let (link, after) = after.split_at(end);
            let in_code = before.matches('`').count() % 2 == 1;
            let link = if in_code { None } else { new(link) }.unwrap_or_else(|| link.to_owned());
            out.push_str(&format!("{before}]({link}"));
            rest = after;
        }
        out.push_str(rest);
    }
    out
}

/// The blocks of code, line by line.
#[derive(Default)]
struct Fences(Option<String>);

impl Fences {
    /// Whether this next line is in a block of code, or begins or ends one.
    fn has_code(&mut self, line: &str) -> bool {
        let start = line.trim();
        if let Some(open) = &self.0 {
            if start.starts_with(open.as_str()) && start.trim_matches(['`', '~']).is_empty() {
                self.0 = None;
            }
            return true;
        }
        let begins = start.starts_with("```") || start.starts_with("~~~");
        if begins {
            let mark = &start[..1];
            let length = start.len() - start.trim_start_matches(mark).len();
            self.0 = Some(mark.repeat(length));
        }
        begins
    }
}

fn heading(line: &str) -> Option<&str> {
    let text = line.trim_start_matches('#');
    let level = line.len() - text.len();
    (1..=6).contains(&level).then(|| text.strip_prefix(' ')).flatten().map(str::trim)
}

/// As GitHub and mdBook make it: letters, digits, `-` and `_` in lower case, a hyphen for a space, a number for a repetition.
fn anchor(title: &str, seen: &mut BTreeMap<String, usize>) -> String {
    let text: String = title.chars().filter(|c| c.is_alphanumeric() || " -_".contains(*c)).collect();
    let anchor = text.to_lowercase().replace(' ', "-");
    let times = seen.entry(anchor.clone()).and_modify(|times| *times += 1).or_insert(0);
    if *times == 0 { anchor } else { format!("{anchor}-{times}") }
}

/// The line with each piece of code replaced by an empty pair of backticks, and the pieces.
fn without_code(line: &str) -> (String, Vec<String>) {
    let (mut prose, mut code) = (String::new(), Vec::new());
    let mut rest = line;
    while let Some(at) = rest.find('`') {
        let marks = rest[at..].len() - rest[at..].trim_start_matches('`').len();
        let fence = "`".repeat(marks);
        let after = &rest[at + marks..];
        let Some(end) = after.find(&fence) else { break };
        prose.push_str(&rest[..at]);
        prose.push_str("``");
        code.push(after[..end].to_owned());
        rest = &after[end + marks..];
    }
    prose.push_str(rest);
    (prose, code)
}

#[cfg(test)]
mod tests {
    use super::{Page, with_links};

    #[test]
    fn links_are_replaced_outside_code() {
        let text = "See [`a`](a.md) and `[b](a.md)`.\n```\n[c](a.md)\n```\n";
        let new = with_links(text, |link| (link == "a.md").then(|| "z.md".to_owned()));
        assert_eq!(new, "See [`a`](z.md) and `[b](a.md)`.\n```\n[c](a.md)\n```\n");
    }

    #[test]
    fn headings_links_and_code_are_told_apart() {
        let page = Page::parse(
            "docs/a.md",
            "# A `title`, here\n\nSee [b](b.md#c \"t\") and `code` and ``a`b``.\n\n```md\n# no heading [x](y.md) `z`\n```\n## More\n## More\n[ref]: c.md\n",
        );
        assert_eq!(page.title.as_deref(), Some("A `title`, here"));
        assert_eq!(page.anchors.iter().collect::<Vec<_>>(), ["a-title-here", "more", "more-1"]);
        assert_eq!(page.links, [(3, "b.md#c".to_owned()), (10, "c.md".to_owned())]);
        let code: Vec<_> = page.code.iter().map(|(line, code)| (*line, code.as_str())).collect();
        assert_eq!(code, [(1, "title"), (3, "code"), (3, "a`b")]);
    }
}
