//! A member of a JSON object that has its own type.

/// A registered claim as it was found.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Member<T> {
    Absent,
    /// Present, but not of the type its RFC gives it.
    Malformed,
    Present(T),
}

impl<T> Member<T> {
    pub(crate) fn present(self) -> Option<T> {
        match self {
            Self::Present(value) => Some(value),
            Self::Absent | Self::Malformed => None,
        }
    }

    /// What can be read of it: nothing is an answer, too. `None` where something is there that is malformed.
    pub(crate) fn readable(self) -> Option<Option<T>> {
        match self {
            Self::Present(value) => Some(Some(value)),
            Self::Absent => Some(None),
            Self::Malformed => None,
        }
    }

    pub(crate) const fn is_absent(&self) -> bool {
        matches!(self, Self::Absent)
    }

    pub(crate) fn as_ref(&self) -> Member<&T> {
        match self {
            Self::Absent => Member::Absent,
            Self::Malformed => Member::Malformed,
            Self::Present(value) => Member::Present(value),
        }
    }

    pub(crate) fn map<U>(self, change: impl FnOnce(T) -> U) -> Member<U> {
        match self {
            Self::Absent => Member::Absent,
            Self::Malformed => Member::Malformed,
            Self::Present(value) => Member::Present(change(value)),
        }
    }

    pub(crate) fn or_else(self, other: impl FnOnce() -> Self) -> Self {
        match self {
            Self::Absent => other(),
            found => found,
        }
    }
}
