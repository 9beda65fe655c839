//! The least glibc that a library for Linux needs, by the versions of the symbols that it asks for.

/// A version such as 2.28.
pub(super) type Version = Vec<u32>;

/// What Node.js 20 itself needs: an addon must ask for no later one.
pub(super) const LIMIT: [u32; 2] = [2, 28];

const PREFIX: &[u8] = b"GLIBC_";

/// The latest version that a symbol is asked for in. There is none in a library for musl.
pub(super) fn least(library: &[u8]) -> Option<Version> {
    let starts = library.windows(PREFIX.len()).enumerate().filter(|(_, window)| *window == PREFIX);
    let versions = starts.filter_map(|(at, _)| version(&library[at + PREFIX.len()..]));
    versions.max()
}

/// The digits and dots up to the NUL that ends a string of an ELF file.
fn version(bytes: &[u8]) -> Option<Version> {
    let text = bytes.split(|&byte| byte == 0).next()?;
    let text = str::from_utf8(text).ok().filter(|text| text.len() < 16)?;
    text.split('.').map(|number| number.parse().ok()).collect()
}

pub(super) fn shown(version: &[u32]) -> String {
    version.iter().map(u32::to_string).collect::<Vec<_>>().join(".")
}

#[cfg(test)]
mod tests {
    use super::{LIMIT, least, shown};

    #[test]
    fn the_latest_version_is_the_least_that_is_needed() {
        let library = b"\0GLIBC_2.2.5\0memcpy\0GLIBC_2.14\0GLIBC_2.9\0GLIBC_PRIVATE\0 GLIBC_2.99 in a text\0";
        assert_eq!(least(library), Some(vec![2, 14]));
        assert_eq!(least(b"\0libc.musl-x86_64.so.1\0"), None);
        assert!(least(b"GLIBC_2.34\0").is_some_and(|version| version.as_slice() > LIMIT.as_slice()));
        assert_eq!(shown(&[2, 2, 5]), "2.2.5");
    }

    #[test]
    fn the_program_that_runs_this_test_names_its_own() {
        if cfg!(all(target_os = "linux", target_env = "gnu")) {
            let program = std::env::current_exe().and_then(std::fs::read).expect("this program is a file");
            assert!(least(&program).is_some_and(|version| version >= vec![2, 2]));
        }
    }
}
