//! The guides of the repository, whose examples are compiled so that they stay true.

#[doc = include_str!("../../../README.md")]
pub struct Readme;

#[doc = include_str!("../../../docs/organizations.md")]
pub struct Organizations;

#[doc = include_str!("../../../docs/audiences.md")]
pub struct Audiences;
