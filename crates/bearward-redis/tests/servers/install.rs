//! Where `redis-server` comes from: the machine, or Debian's packages where the tests may install them.

use std::fs::File;
use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;

const HELP: &str = "these tests need redis-server (7.0 or later); install it, on Debian and its kin with \
                    `apt-get install redis-server`";

/// The program, installed if need be. Whoever is not root, or has no `apt-get`, is told what to install.
pub(crate) fn redis_server() -> PathBuf {
    static FOUND: OnceLock<PathBuf> = OnceLock::new();
    FOUND.get_or_init(|| find().or_else(install).expect(HELP)).clone()
}

fn find() -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join("redis-server")).find(|file| file.is_file())
}

fn install() -> Option<PathBuf> {
    let user = Command::new("id").arg("-u").output().ok()?;
    if user.stdout.trim_ascii() != b"0" {
        return None;
    }
    // Other test programs may be about to do the same.
    let lock = File::create(std::env::temp_dir().join("bearward-install-redis-server.lock")).ok()?;
    lock.lock().ok()?;
    if find().is_none() {
        apt_get(&["update", "-qq"]);
        apt_get(&["install", "-y", "-qq", "--no-install-recommends", "redis-server"]);
    }
    find()
}

fn apt_get(arguments: &[&str]) {
    // Its failure shows in what is not there afterwards.
    let _ = Command::new("apt-get")
        .env("DEBIAN_FRONTEND", "noninteractive")
        // The package would start a server of its own, which nobody wants here.
        .env("RUNLEVEL", "1")
        .args(arguments)
        .output();
}
