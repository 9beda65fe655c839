//! Decides whether an OAuth 2.0 access token may pass: verification, validation, requirements and challenges, without IO.
