//! Collects what is wrong, so that all of it is said in one go.

use super::error::{ConfigError, Problem};
use crate::token::algorithm::Algorithm;

/// What was found wrong so far.
#[derive(Default)]
pub(super) struct Problems(Vec<ConfigError>);

impl Problems {
    /// The value, or nothing in the place of what cannot work.
    pub(super) fn keep<T, E: Into<ConfigError>>(&mut self, read: Result<T, E>) -> Option<T> {
        read.map_err(|error| self.0.push(error.into())).ok()
    }

    pub(super) fn add(&mut self, path: impl Into<String>, problem: Problem) {
        self.0.push(ConfigError::new(path, problem));
    }

    pub(super) fn extend(&mut self, at: &str, problems: Vec<ConfigError>) {
        self.0.extend(problems.into_iter().map(|problem| problem.below(at)));
    }

    pub(super) fn or<T>(self, value: T) -> Result<T, Vec<ConfigError>> {
        if self.0.is_empty() { Ok(value) } else { Err(self.0) }
    }

    pub(super) fn all(self) -> Vec<ConfigError> {
        self.0
    }
}

/// The algorithms of these names, which are at this path.
pub(super) fn algorithms(path: &str, names: &[String], problems: &mut Problems) -> Vec<Algorithm> {
    let mut read = Vec::with_capacity(names.len());
    for (index, name) in names.iter().enumerate() {
        match name.parse() {
            Ok(algorithm) => read.push(algorithm),
            Err(_) => {
                let form = "the name of a signature algorithm, such as RS256".to_owned();
                problems.add(format!("{path}[{index}]"), Problem::Form(form));
            }
        }
    }
    read
}
