//! What runs the command on a server: the image, as far as it can be tried without a container engine, and the unit of
//! systemd.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod process;

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use process::{Demo, Directory, bash, root, stdout};

/// The root directory of the image, made as the Dockerfile makes it: on Debian, whose loader the script asks and whose
/// files it takes.
fn image() -> Option<(Directory, PathBuf)> {
    if !Path::new("/etc/debian_version").exists() {
        return None;
    }
    let directory = Directory::new();
    let image = PathBuf::from(directory.file("image"));
    let mut build = Command::new("sh");
    build.current_dir(root()).arg("deploy/image-root.sh").arg(env!("CARGO_BIN_EXE_bearward"));
    stdout(build.arg(&image));
    Some((directory, image))
}

/// The command as the image runs it, by a number that is not root's. Only root may change the root directory.
fn in_image(image: &Path) -> Command {
    let is_root = stdout(Command::new("id").arg("-u")).trim() == "0";
    let mut command = Command::new(if is_root { "chroot" } else { "unshare" });
    if is_root {
        command.arg("--userspec=65534:65534");
    } else {
        command.args(["--map-root-user", "--root"]);
    }
    command.arg(image).arg("/usr/bin/bearward").stdin(Stdio::null());
    command
}

/// The image is `FROM scratch`: what this directory lacks, the command lacks.
#[test]
fn the_image_has_every_library_that_the_command_loads_and_no_shell() {
    let Some((_directory, image)) = image() else {
        return;
    };
    let files = stdout(Command::new("find").current_dir(&image).args([".", "-type", "f"]));
    for file in [
        "./etc/passwd",
        "./etc/ssl/certs/ca-certificates.crt",
        "./usr/bin/bearward",
        "./usr/share/doc/libc6/copyright",
    ] {
        assert!(files.lines().any(|name| name == file), "{file}: {files}");
    }
    let is_shell = |name: &str| name.ends_with("bin/sh") || name.ends_with("busybox");
    assert!(!files.lines().any(is_shell), "{files}");

    let version = format!("bearward {}\n", env!("CARGO_PKG_VERSION"));
    assert_eq!(stdout(in_image(&image).arg("--version")), version);
}

/// What the documentation tells to do with the image, done in its root directory.
#[test]
fn the_image_runs_the_demo_checks_settings_and_reaches_https_without_root() {
    let Some((_directory, image)) = image() else {
        return;
    };

    let demo = Demo::start_as(in_image(&image), &["--port", "0"]);
    let status = bash(&format!("curl -s -o /dev/null -w '%{{http_code}}' {}/", demo.api()));
    assert_eq!(status, "200");

    // A volume puts it there.
    let settings =
        "issuers:\n  - issuer: https://tenant.example/oidc\n    audiences: [https://api.example.com]\n";
    fs::write(image.join("bearward.yaml"), settings).unwrap();
    assert_eq!(stdout(in_image(&image).args(["check", "/bearward.yaml"])), "/bearward.yaml: good\n");

    // Keys are asked for over TLS, which is set up from the certificates in the image. Port 1 is closed.
    let part = |json: &str| BASE64_URL_SAFE_NO_PAD.encode(json);
    let header = part(r#"{"alg":"ES256","typ":"at+jwt"}"#);
    let claims = part(r#"{"iss":"https://127.0.0.1:1","aud":"https://api.example.com"}"#);
    let token = format!("{header}.{claims}.{}", part(&"s".repeat(64)));
    let unreachable = |image: &Path| {
        let arguments =
            ["explain", "--issuer", "https://127.0.0.1:1", "--audience", "https://api.example.com"];
        let mut explain = in_image(image);
        explain.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = explain.spawn().unwrap();
        // Where TLS cannot be set up, the token is not read.
        let _ = child.stdin.take().unwrap().write_all(token.as_bytes());
        let output = child.wait_with_output().unwrap();
        String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned()
    };
    let with = unreachable(&image);
    assert!(with.contains("keys_unavailable"), "{with}");
    fs::remove_file(image.join("etc/ssl/certs/ca-certificates.crt")).unwrap();
    let without = unreachable(&image);
    assert!(without.contains("cannot set up TLS"), "{without}");
}

/// systemd says nothing about a unit that it understands.
#[test]
fn systemd_understands_every_line_of_the_unit() {
    if Command::new("systemd-analyze").arg("--version").output().is_err() {
        return; // Not a system of systemd's.
    }
    let unit = fs::read_to_string(root().join("deploy/systemd/bearward-demo.service")).unwrap();
    // It looks for the program, which is not installed here.
    let installed = "ExecStart=/usr/bin/bearward demo\n";
    assert!(unit.contains(installed), "{unit}");
    let unit = unit.replace(installed, &format!("ExecStart={} demo\n", env!("CARGO_BIN_EXE_bearward")));
    let directory = Directory::new();
    let verify = |unit: String| {
        let file = directory.file("bearward-demo.service");
        fs::write(&file, unit).unwrap();
        let output = Command::new("systemd-analyze").arg("verify").arg(&file).output().unwrap();
        (output.status.success(), String::from_utf8(output.stderr).unwrap())
    };
    assert_eq!(verify(unit.clone()), (true, String::new()));
    let (_, said) = verify(unit.replace("ProtectSystem=", "ProtectTheSystem="));
    assert!(said.contains("ProtectTheSystem"), "{said}");
}
