//! Protects axum routes with OAuth 2.0 access tokens: layers, extractors and requirements.
