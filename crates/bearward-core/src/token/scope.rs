//! What a scope is (RFC 6749 §3.3).

/// The scope by which a client asks for a refresh token (OpenID Connect Core §11). It is between the client and the
/// authorization server: no API requires it, offers it or asks for it.
pub(crate) const OFFLINE_ACCESS: &str = "offline_access";

/// Whether a text is one scope: visible ASCII without `"` and `\`.
pub(crate) fn is_scope_token(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| matches!(byte, 0x21 | 0x23..=0x5b | 0x5d..=0x7e))
}
