//! Errors that JavaScript throws.

use bearward_core::{ConfigError, Problem};
use napi::{Error, Status};

/// A setting that cannot work: JSON with its path in the settings and a sentence, for JavaScript to say by the names of
/// its options.
pub(crate) fn unusable(error: ConfigError) -> Error {
    let told = match &error.problem {
        // Its text names the path in the preset, which JavaScript has by the same names.
        Problem::Provider(preset) => serde_json::json!({ "path": "", "problem": preset.to_string() }),
        _ => serde_json::json!({ "path": error.path, "problem": error.sentence() }),
    };
    Error::new(Status::InvalidArg, told.to_string())
}

/// An error for what the caller must mend.
pub(crate) fn invalid(message: String) -> Error {
    Error::new(Status::InvalidArg, message)
}
