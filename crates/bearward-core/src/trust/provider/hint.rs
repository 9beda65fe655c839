//! Which mistake explains a refusal, in words.

use std::fmt;

use super::mistake::GENERAL;
use super::{Evidence, Mistake, ProviderFacts, recognise};
use crate::token::claims::CLIENT_ID_CLAIMS;

/// A value of a token that is longer is cut off.
const MOST_SHOWN: usize = 200;

/// A mistake that was made, with what the token and the settings say filled in.
///
/// Its texts quote the token, with characters that a terminal would obey escaped: they are for the operator alone.
/// `Debug` does not show them.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Hint {
    /// The mistake's stable name.
    pub code: &'static str,
    /// The provider whose users make it; `None` for a mistake that is not one provider's.
    pub provider: Option<&'static str>,
    /// What is wrong.
    pub problem: String,
    /// What to do.
    pub remedy: String,
    /// The setting of the builder in Rust.
    pub rust: String,
    /// The setting of `auth()` in Node.
    pub node: String,
}

impl fmt::Debug for Hint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hint")
            .field("code", &self.code)
            .field("provider", &self.provider)
            .finish_non_exhaustive()
    }
}

/// The mistakes that the evidence shows, the provider's own first.
#[must_use]
pub fn hints(evidence: &Evidence<'_>) -> Vec<Hint> {
    let facts = recognise(evidence);
    let own = facts.map_or(&[][..], |facts| facts.mistakes).iter().map(|mistake| (facts, mistake));
    let general = GENERAL.iter().map(|mistake| (None, mistake));
    let mut hints: Vec<Hint> = Vec::new();
    for (of, mistake) in own.chain(general) {
        if (mistake.when)(evidence) && !hints.iter().any(|hint| hint.code == mistake.code) {
            hints.push(Hint::new(mistake, of, evidence));
        }
    }
    hints
}

impl Hint {
    fn new(mistake: &Mistake, facts: Option<&'static ProviderFacts>, evidence: &Evidence<'_>) -> Self {
        let prose = Values { facts, evidence, shown: harmless };
        let code = Values { shown: quoted, ..prose };
        Self {
            code: mistake.code,
            provider: facts.map(|facts| facts.title),
            problem: prose.fill(mistake.problem),
            remedy: prose.fill(mistake.remedy),
            rust: code.fill(mistake.rust),
            node: code.fill(mistake.node),
        }
    }
}

/// What fills the holes of a text.
struct Values<'v> {
    facts: Option<&'static ProviderFacts>,
    evidence: &'v Evidence<'v>,
    /// How a value is shown.
    shown: fn(&str) -> String,
}

impl Values<'_> {
    fn fill(&self, text: &'static str) -> String {
        let mut filled = String::with_capacity(text.len());
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('{') {
            filled.push_str(before);
            match after.split_once('}').and_then(|(name, after)| Some((self.value(name)?, after))) {
                Some((value, after)) => {
                    filled.push_str(&value);
                    rest = after;
                }
                // Braces of the text itself.
                None => {
                    filled.push('{');
                    rest = after;
                }
            }
        }
        filled.push_str(rest);
        filled
    }

    fn value(&self, name: &str) -> Option<String> {
        let (evidence, shown) = (self.evidence, self.shown);
        Some(match name {
            "iss" => evidence.issuer().map_or_else(|| "(none)".to_owned(), shown),
            "aud" => evidence.claim("aud").map_or_else(|| "(none)".to_owned(), |aud| shown(&aud.to_string())),
            "client" => {
                let client = CLIENT_ID_CLAIMS.iter().find_map(|name| evidence.text_claim(name));
                client.map_or_else(|| "<client id>".to_owned(), shown)
            }
            "alg" => shown(evidence.algorithm()),
            "issuer" => {
                let found = evidence.issuer();
                let expected = evidence.expected_issuers().find(|expected| Some(*expected) == found);
                // The least of the others, so that the same mistake always gives the same text.
                let expected = expected.or_else(|| evidence.expected_issuers().min()).or(found);
                expected.map_or_else(|| "<issuer>".to_owned(), shown)
            }
            "audience" => evidence.expected_audiences().next().map_or_else(|| "<audience>".to_owned(), shown),
            _ => self.of_issuer(name)?,
        })
    }

    /// A hole of the issuer's form, from the token's issuer or from the one that was expected.
    fn of_issuer(&self, name: &str) -> Option<String> {
        let facts = self.facts?;
        if !facts.issuers.iter().flat_map(super::IssuerForm::holes).any(|hole| hole == name) {
            return None;
        }
        let issuers = self.evidence.issuer().into_iter().chain(self.evidence.expected_issuers());
        let mut found = issuers.filter_map(|issuer| facts.issuer_form(issuer)?.value(issuer, name));
        Some(found.next().map_or_else(|| format!("<{name}>"), self.shown))
    }
}

/// The text with nothing in it that a terminal would obey.
fn harmless(text: &str) -> String {
    let mut shown = String::new();
    for character in text.chars().take(MOST_SHOWN) {
        match character {
            '"' => shown.push('"'),
            _ => shown.extend(character.escape_debug()),
        }
    }
    if text.chars().nth(MOST_SHOWN).is_some() {
        shown.push('…');
    }
    shown
}

/// The same, as a part of a text in code, which it cannot end: the author of the token may have chosen the value.
fn quoted(text: &str) -> String {
    harmless(text).replace('"', "\\\"")
}
