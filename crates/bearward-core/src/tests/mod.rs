//! What concerns all floors.

mod secrecy;
