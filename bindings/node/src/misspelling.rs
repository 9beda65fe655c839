//! Names that are almost known: the core's rule, for what JavaScript says of options and variables.

use bearward_core::wire::closest_name as closest;
use napi_derive::napi;

/// The known name that is written almost like the given one.
#[napi]
#[allow(unreachable_pub)] // JavaScript reaches it
pub fn closest_name(given: String, known: Vec<String>) -> Option<String> {
    closest(&given, known.iter().map(String::as_str)).map(str::to_owned)
}
