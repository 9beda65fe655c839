//! Bytes become values that nothing has verified yet.
//!
//! Knows no setting and no stage of a request's path.

pub(crate) mod fields;
pub(crate) mod hex;
pub(crate) mod json;
pub(crate) mod jws;
pub(crate) mod lenient_base64;
pub(crate) mod misspelling;
pub(crate) mod pem;
pub(crate) mod percent;
pub(crate) mod redacted;
pub(crate) mod time;

pub use self::json::JsonError;
pub use self::misspelling::closest_name;
pub use self::redacted::RedactedUrl;
pub use self::time::{Now, NumericDate};
