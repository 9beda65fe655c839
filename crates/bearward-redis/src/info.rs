//! Reads what `INFO` answers: one `name:value` on each line.

/// The value of a field; `None` where the server does not name it.
pub(crate) fn field<'i>(info: &'i str, name: &str) -> Option<&'i str> {
    info.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':')).map(str::trim_end)
}
