//! Stage 6: what the claims say.

use bearward_core::wire::NumericDate;
use serde_json::Value;

use super::{Details, list, shown};
use crate::explain::driver::differ_in_slash;
use crate::explain::format_time;

impl Details<'_> {
    pub(super) fn audience(&self) -> String {
        match self.claim("aud") {
            Some(audience) => format!("for {}", shown(audience)),
            None => format!("no aud, and {}", self.clients()),
        }
    }

    /// The claims that can take the place of `aud`.
    fn clients(&self) -> String {
        let names = ["client_id", "azp", "appid", "cid", "token_use"];
        let there =
            names.into_iter().filter_map(|name| Some(format!("{name} is {}", shown(self.claim(name)?))));
        let there: Vec<_> = there.collect();
        if there.is_empty() { "no client named".to_owned() } else { there.join(", ") }
    }

    pub(super) fn other_audience(&self) -> Option<String> {
        let Some(found) = self.claim("aud") else {
            return self.expectation.takes_substitutes().then(|| self.audience());
        };
        let expected = self.expectation.audiences();
        let near = |found: &str| expected.iter().any(|expected| differ_in_slash(found, expected));
        let texts = match found {
            Value::Array(items) => items.iter().filter_map(Value::as_str).collect(),
            one => Vec::from_iter(one.as_str()),
        };
        let hint = if texts.into_iter().any(near) { "; the trailing slash makes the difference" } else { "" };
        let expected = list(expected.iter().map(String::as_str));
        Some(format!("the token is for {}, the API is {expected}{hint}", shown(found)))
    }

    pub(super) fn wrong_types(&self) -> Option<String> {
        let odd = |name: &&str| self.claim(name).is_some_and(|value| !value.is_string());
        let name = ["sub", "client_id", "jti", "scope", "scp"].into_iter().find(odd)?;
        Some(format!("{name} is {}", self.claim(name).map_or_else(String::new, shown)))
    }

    /// A date that is as it should be, or not there.
    pub(super) fn time(&self, claim: &str, verb: &str) -> String {
        let Some(date) = self.claim(claim).and_then(date) else {
            return format!("no {claim}");
        };
        format!("{verb} {}, {}", format_time::date(date), self.relative(date))
    }

    pub(super) fn not_in_time(&self, claim: &str, verb: &str) -> Option<String> {
        let value = self.claim(claim)?;
        let Some(date) = date(value) else {
            return Some(format!("{claim} is {}, not a number of seconds", shown(value)));
        };
        let clocks = if date > self.now { "; is one of the two clocks wrong?" } else { "" };
        Some(format!("{verb} {}, {}{clocks}", format_time::date(date), self.relative(date)))
    }

    fn relative(&self, date: NumericDate) -> String {
        let distance = format_time::distance(date, self.now);
        if date < self.now { format!("{distance} ago") } else { format!("in {distance}") }
    }
}

fn date(value: &Value) -> Option<NumericDate> {
    value.as_f64().and_then(NumericDate::from_seconds)
}
