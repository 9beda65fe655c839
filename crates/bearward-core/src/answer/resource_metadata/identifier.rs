//! The resource identifier, and where its metadata is (RFC 9728 §1.2, §3.1).
//!
//! 1. `https` and no fragment; `http` for loopback hosts.
//! 2. Nothing that clients and servers write differently: only characters that a URL may have, no credentials,
//!    no segments of dots, which clients would remove before they send a request.
//! 3. No segment begins with a colon or an asterisk: routers take those for patterns, and would serve the
//!    document elsewhere or nowhere.
//! 4. A slash that is all of the path is removed before the insertion; any other stays.
//! 5. A query, which §1.2 advises against, stays where it is: behind the path.

use super::ResourceError;
use crate::trust::url::UrlError;
use crate::trust::url::{HttpPolicy, check_url};
use crate::wire::redacted::RedactedUrl;

pub(super) const WELL_KNOWN: &str = "/.well-known/oauth-protected-resource";

/// The path and the URL of a resource's metadata.
pub(super) fn well_known(identifier: &str) -> Result<(String, String), ResourceError> {
    let refused = |why| ResourceError::Url { member: "identifier", url: RedactedUrl::of(identifier), why };
    let (origin, path, query) = parts(identifier).map_err(refused)?;
    let path = format!("{WELL_KNOWN}{}", if path == "/" { "" } else { path });
    let url = format!("{origin}{path}{query}");
    Ok((path, url))
}

/// What comes before the path, the path, and the query with its question mark.
fn parts(identifier: &str) -> Result<(&str, &str, &str), UrlError> {
    check_url(identifier, HttpPolicy::LoopbackOnly).map_err(|why| match why {
        // Of issuers it can be allowed; a resource on the network cannot be identified so.
        UrlError::PlainHttp => UrlError::NotHttps,
        why => why,
    })?;
    let authority = identifier.find("://").map_or(0, |colon| colon + "://".len());
    let rest = &identifier[authority..];
    let path = authority + rest.find(['/', '?']).unwrap_or(rest.len());
    let query = path + identifier[path..].find('?').unwrap_or(identifier.len() - path);
    let special = |segment: &str| {
        let segment = segment.replace("%2e", ".").replace("%2E", ".");
        segment == "." || segment == ".." || segment.starts_with([':', '*'])
    };
    if !identifier[path..].bytes().all(may_stand_in_a_path_or_query)
        || identifier[path..query].split('/').any(special)
    {
        return Err(UrlError::Spelling);
    }
    Ok((&identifier[..path], &identifier[path..query], &identifier[query..]))
}

/// RFC 3986 §3.3 and §3.4, with the percent sign of encoded characters.
fn may_stand_in_a_path_or_query(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:@/?%".contains(&byte)
}
