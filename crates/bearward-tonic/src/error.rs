//! Why a rule cannot work.

use std::fmt;

use bearward_tower::ConfigError;

/// A rule that cannot work.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum RuleError {
    /// This is neither `package.Service` nor `package.Service/Method`.
    Name(String),
    /// No descriptor set of the server describes this; with the name that is written almost like it, if there is one.
    Unknown(String, Option<String>),
    /// This is not a file descriptor set.
    Descriptors(String),
    /// There is a rule for this already.
    Repeated(String),
    /// This service is open to calls without a credential, and a method of it has another rule.
    Open(String),
    /// The requirement for this cannot be met or means nothing.
    Requirement(String, ConfigError),
}

impl fmt::Display for RuleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => write!(
                f,
                "{name:?} names no gRPC service or method: write `package.Service` for all methods of a service, or \
                 `package.Service/Method`, without a slash before"
            ),
            Self::Unknown(name, None) => write!(f, "{name} is in no file descriptor set of this server"),
            Self::Unknown(name, Some(meant)) => {
                write!(f, "{name} is in no file descriptor set of this server: did you mean {meant}?")
            }
            Self::Descriptors(why) => write!(f, "not an encoded google.protobuf.FileDescriptorSet: {why}"),
            Self::Repeated(name) => write!(f, "{name} has two rules: join their requirements with `and`"),
            Self::Open(service) => write!(
                f,
                "{service} is open to calls without a credential, and a method of it has another rule: write a rule for each \
                 method of {service} and none for the service, since a method whose name is misspelt in its rule would be open"
            ),
            Self::Requirement(name, error) => write!(f, "the requirement of {name}: {error}"),
        }
    }
}

impl std::error::Error for RuleError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Requirement(_, error) => Some(error),
            Self::Name(_) | Self::Unknown(..) | Self::Descriptors(_) | Self::Repeated(_) | Self::Open(_) => {
                None
            }
        }
    }
}
