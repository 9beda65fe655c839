//! Tower middleware that protects any http service with OAuth 2.0 access tokens.
