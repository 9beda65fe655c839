//! Where a thread's commands print: on this terminal, or into a file while another thread has the terminal.

use std::cell::RefCell;
use std::fs::{self, File};
use std::io::{self, Write as _};

use crate::repository;

thread_local! {
    static FILE: RefCell<Option<File>> = const { RefCell::new(None) };
}

/// Does something whose output would mix with another thread's; gives what it printed, to be shown as one.
pub(crate) fn kept<T>(name: &str, work: impl FnOnce() -> T) -> io::Result<(T, String)> {
    let folder = repository::root().join("target");
    fs::create_dir_all(&folder)?;
    let path = folder.join(format!("xtask-{name}.log"));
    // Opened for appending, since children write to copies of it.
    fs::write(&path, "")?;
    let file = File::options().append(true).open(&path)?;
    FILE.with_borrow_mut(|kept| *kept = Some(file));
    let done = work();
    FILE.with_borrow_mut(|kept| *kept = None);
    let printed = String::from_utf8_lossy(&fs::read(&path)?).into_owned();
    Ok((done, printed))
}

/// A line of this thread's output.
pub(crate) fn say(line: &str) {
    // Not `?`: a closed standard output must not stop the work.
    FILE.with_borrow(|file| {
        let _ = match file.as_ref() {
            Some(mut file) => writeln!(file, "{line}"),
            None => writeln!(io::stdout(), "{line}").and_then(|()| io::stdout().flush()),
        };
    });
}

/// For a child's standard output and error, where this thread's output is kept.
pub(crate) fn file() -> Option<io::Result<(File, File)>> {
    FILE.with_borrow(|file| file.as_ref().map(|file| Ok((file.try_clone()?, file.try_clone()?))))
}

#[cfg(test)]
mod tests {
    use super::{kept, say};
    use crate::command::Command;

    #[test]
    fn what_a_thread_and_its_commands_print_is_kept_in_order() {
        let work = || {
            say("before");
            Command::cargo("--version").run().expect("cargo runs");
            say("after");
        };
        let ((), printed) = kept("output-test", work).expect("a file under target");
        let lines: Vec<&str> = printed.lines().collect();
        assert_eq!((lines[0], lines[1], lines[3]), ("before", "$ cargo --version", "after"));
        assert!(lines[2].starts_with("cargo "), "{printed}");
    }
}
