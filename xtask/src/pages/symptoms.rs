//! The sentences of docs/troubleshooting.md that clients read, and their codes, are those of docs/errors.md.

use super::read;
use crate::failure::Failure;

const PAGE: &str = "docs/troubleshooting.md";
/// Written from the failure table, by a test of the core.
const ERRORS: &str = "docs/errors.md";

pub(super) fn offences() -> Result<Vec<String>, Failure> {
    let (page, errors) = (read(PAGE).unwrap_or_default(), read(ERRORS).unwrap_or_default());
    let symptoms = symptoms(&page);
    if symptoms.is_empty() {
        return Err(Failure::new(format!("{PAGE} has no symptoms")));
    }
    let unknown = symptoms
        .into_iter()
        .filter(|(_, sentence, codes)| !codes.iter().all(|code| is_row(&errors, code, sentence)));
    Ok(unknown
        .map(|(line, sentence, codes)| format!("{PAGE}:{line}: {ERRORS} has no {sentence:?} with {codes:?}"))
        .collect())
}

/// The line, the sentence and the codes of each: a heading of the third level, and the paragraphs of code alone below it.
fn symptoms(page: &str) -> Vec<(usize, &str, Vec<&str>)> {
    let mut found: Vec<(usize, &str, Vec<&str>)> = Vec::new();
    for (number, line) in (1..).zip(page.lines()) {
        if let Some(sentence) = line.strip_prefix("### ") {
            found.push((number, sentence, Vec::new()));
        }
        let code = line.strip_prefix('`').and_then(|rest| rest.strip_suffix('`'));
        if let (Some(code), Some((_, _, codes))) = (code, found.last_mut()) {
            codes.push(code);
        }
    }
    found
}

fn is_row(errors: &str, code: &str, sentence: &str) -> bool {
    let start = format!("| `{code}` |");
    errors.lines().any(|line| line.starts_with(&start) && line.contains(&format!("| {sentence} |")))
}

#[cfg(test)]
mod tests {
    use super::{is_row, symptoms};

    #[test]
    fn a_symptom_is_a_sentence_with_its_code() {
        let page = "## Every\n\n### it expired\n\n`token_expired`\n\n- **x** `y`\n";
        assert_eq!(symptoms(page), [(3, "it expired", vec!["token_expired"])]);
        let errors = "| `token_expired` | 401 `invalid_token` | it expired | … |\n";
        assert!(is_row(errors, "token_expired", "it expired"));
        assert!(!is_row(errors, "token_expired", "it is old"));
    }
}
