//! A proxy as a process of this test's own.

use std::fs::{self, File};
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use crate::install;
use crate::recipe::Recipe;

/// The proxies of the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Nginx,
    Caddy,
    Haproxy,
    Traefik,
    Envoy,
}

/// It ends with this value.
pub(crate) struct Proxy {
    child: Child,
    folder: PathBuf,
    pub(crate) address: SocketAddr,
}

impl Kind {
    pub(crate) const ALL: [Self; 5] = [Self::Nginx, Self::Caddy, Self::Haproxy, Self::Traefik, Self::Envoy];

    /// As the page's headings have it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Nginx => "nginx",
            Self::Caddy => "Caddy",
            Self::Haproxy => "HAProxy",
            Self::Traefik => "Traefik",
            Self::Envoy => "Envoy",
        }
    }

    /// The program and its arguments, its configuration written down.
    fn command(self, folder: &Path, files: &[String]) -> Command {
        let write = |name: &str, text: &str| {
            let file = folder.join(name);
            fs::write(&file, text).unwrap();
            file
        };
        let place = folder.display();
        match self {
            Self::Nginx => {
                let paths = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
                let paths = paths.map(|name| format!("{name}_temp_path {place}/{name};\n")).concat();
                let text = format!(
                    "daemon off;\nmaster_process off;\npid {place}/pid;\nerror_log stderr;\nevents {{}}\n\
                     http {{\naccess_log off;\n{paths}{}}}\n",
                    files[0]
                );
                let mut command = Command::new(install::from_pypi("nginx"));
                command.arg("-p").arg(folder).args(["-e", "stderr", "-c"]).arg(write("nginx.conf", &text));
                command
            }
            Self::Caddy => {
                let global = "{\n\tadmin off\n\tpersist_config off\n\tauto_https disable_redirects\n\
                              \tdefault_bind 127.0.0.1\n}\n";
                let file = write("Caddyfile", &format!("{global}{}", files[0]));
                let mut command = Command::new(install::from_pypi("bin/caddy"));
                command.args(["run", "--adapter", "caddyfile", "--config"]).arg(file);
                command
            }
            Self::Haproxy => {
                let timeouts =
                    "defaults\n    timeout connect 10s\n    timeout client 60s\n    timeout server 60s\n";
                let file = write("haproxy.cfg", &format!("{timeouts}{}", files[0]));
                let mut command = Command::new(install::haproxy());
                // In the foreground, as one process.
                command.arg("-db").arg("-f").arg(file);
                command
            }
            Self::Traefik => {
                write("dynamic.yaml", &files[1]);
                let file = write("traefik.yaml", &files[0]);
                let mut command = Command::new(install::from_pypi("bin/traefik"));
                command.arg(format!("--configFile={}", file.display()));
                command
            }
            Self::Envoy => {
                let file = write("envoy.yaml", &files[0]);
                let mut command = Command::new(install::from_pypi("envoy/_bin/envoy"));
                command.arg("-c").arg(file).args(["--use-dynamic-base-id", "--concurrency", "1"]);
                command
            }
        }
    }
}

impl Proxy {
    /// Starts one in this folder, which it removes when it ends, in front of this API.
    pub(crate) fn start(kind: Kind, recipe: &Recipe, folder: PathBuf, api: SocketAddr) -> Self {
        let address = free_address();
        let files = recipe.fill(kind, &folder, address.port(), api);
        let log = File::create(folder.join("log")).unwrap();
        let child = kind
            .command(&folder, &files)
            .env("HOME", &folder)
            .env("XDG_DATA_HOME", &folder)
            .env("XDG_CONFIG_HOME", &folder)
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .unwrap();
        Self { child, folder, address }
    }

    /// What it said, and whether it has ended.
    pub(crate) fn state(&mut self) -> String {
        let log = fs::read_to_string(self.folder.join("log")).unwrap_or_default();
        let ended = self.child.try_wait().unwrap();
        let lines: Vec<_> = log.lines().rev().take(20).collect();
        format!("{ended:?}\n{}", lines.into_iter().rev().collect::<Vec<_>>().join("\n"))
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

fn free_address() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}
