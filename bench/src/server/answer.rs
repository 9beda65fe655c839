//! What all handlers answer.

use serde::Serialize;

/// A small JSON body; the same for everyone, so that only the protection differs.
#[derive(Serialize)]
pub(crate) struct Answer {
    message: &'static str,
    unread: u32,
}

pub(crate) fn answer() -> Answer {
    Answer { message: "Good news from the far side of the river.", unread: 3 }
}
