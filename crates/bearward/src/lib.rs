//! Protects HTTP APIs with OAuth 2.0 access tokens: discovery, key rotation, validation and exact challenges.
