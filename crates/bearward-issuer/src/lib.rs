//! A small real OAuth 2.0 authorization server for demos and tests of protected APIs.
