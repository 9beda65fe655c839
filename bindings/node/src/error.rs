//! Errors that JavaScript throws.

use std::error::Error as _;

use bearward_core::ConfigError;
use bearward_core::engine::Problem;
use bearward_core::trust::UrlError;
use napi::{Error, Status};

/// A setting that cannot work: JSON with its path in the settings, a sentence, and the dangerous setting that allows it
/// where one does, for JavaScript to say by the names of its options.
pub(crate) fn unusable(error: ConfigError) -> Error {
    let told = match &error.problem {
        // Its text names the path in the preset, which JavaScript has by the same names.
        Problem::Provider(preset) => serde_json::json!({ "path": "", "problem": preset.to_string() }),
        _ => serde_json::json!({
            "path": error.path, "problem": error.sentence(), "allowed_by": allowed_by(&error),
        }),
    };
    Error::new(Status::InvalidArg, told.to_string())
}

/// The path of the setting that allows what is refused.
fn allowed_by(error: &ConfigError) -> Option<&'static str> {
    if error.path == "clock_tolerance" && matches!(error.problem, Problem::Duration(_)) {
        return Some("dangerous.clock_tolerance");
    }
    let mut cause = error.source();
    while let Some(error) = cause {
        if error.downcast_ref() == Some(&UrlError::PlainHttp) {
            return Some("dangerous.allow_plain_http");
        }
        cause = error.source();
    }
    None
}

/// An error for what the caller must mend.
pub(crate) fn invalid(message: String) -> Error {
    Error::new(Status::InvalidArg, message)
}
