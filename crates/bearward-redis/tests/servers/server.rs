//! One `redis-server` process, killed when it is dropped.

use std::fs;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use redis::{Cmd, FromRedisValue};

use crate::install::redis_server;

/// Longer than anything here takes on the slowest machine: a test that waits for so long hangs.
pub(crate) const PATIENCE: Duration = Duration::from_secs(120);

pub(crate) struct Server {
    pub(crate) port: u16,
    folder: PathBuf,
    arguments: Vec<String>,
    process: Option<Child>,
}

impl Server {
    /// A server that keeps nothing on disk.
    pub(crate) fn start(arguments: &[&str]) -> Self {
        Self::start_with(|_, _| arguments.iter().map(ToString::to_string).collect())
    }

    /// A server whose arguments depend on its folder and its port. They come first, so that they may name a
    /// configuration file.
    pub(crate) fn start_with(arguments: impl Fn(&Path, u16) -> Vec<String>) -> Self {
        // A port that was free a moment ago may be taken by now.
        for _ in 0..20 {
            let port = free_port();
            let folder = new_folder();
            let arguments = arguments(&folder, port);
            let mut server = Self { port, folder, arguments, process: None };
            if server.try_run() {
                return server;
            }
        }
        panic!("redis-server does not start");
    }

    pub(crate) fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// The value of one of its arguments.
    pub(crate) fn argument(&self, name: &str) -> &str {
        let place = self.arguments.iter().position(|argument| argument == name).unwrap();
        &self.arguments[place + 1]
    }

    /// Ends the process as a power cut would.
    pub(crate) fn kill(&mut self) {
        if let Some(mut process) = self.process.take() {
            process.kill().unwrap();
            process.wait().unwrap();
        }
    }

    /// Runs it again on the same port.
    pub(crate) fn run_again(&mut self) {
        let deadline = Instant::now() + PATIENCE;
        while !self.try_run() {
            assert!(Instant::now() < deadline, "the port stays taken");
        }
    }

    /// Makes the process stand still, or go on.
    pub(crate) fn signal(&self, signal: &str) {
        let process = self.process.as_ref().unwrap().id();
        let script = format!("kill -{signal} {process}");
        assert!(Command::new("sh").args(["-c", &script]).status().unwrap().success());
    }

    /// Runs a command on a connection of its own.
    pub(crate) async fn ask<T: FromRedisValue>(&self, command: &mut Cmd) -> T {
        let client = redis::Client::open(self.url()).unwrap();
        let mut connection = client.get_multiplexed_async_connection().await.unwrap();
        command.query_async(&mut connection).await.unwrap()
    }

    /// Runs a command that is written with spaces.
    pub(crate) async fn tell<T: FromRedisValue>(&self, command: &str) -> T {
        let mut words = command.split(' ');
        let mut built = redis::cmd(words.next().unwrap());
        for word in words {
            built.arg(word);
        }
        self.ask(&mut built).await
    }

    fn try_run(&mut self) -> bool {
        let port = self.port.to_string();
        let mut command = Command::new(redis_server());
        command.args(&self.arguments);
        if !self.arguments.iter().any(|argument| argument == "--tls-port") {
            command.args(["--port", &port]);
        }
        command.args(["--bind", "127.0.0.1", "--daemonize", "no", "--save", ""]);
        if !self.arguments.iter().any(|argument| argument == "--appendonly") {
            command.args(["--appendonly", "no"]);
        }
        command.arg("--dir").arg(&self.folder).stdin(Stdio::null()).stdout(Stdio::null());
        self.process = Some(command.spawn().unwrap());
        let deadline = Instant::now() + PATIENCE;
        while Instant::now() < deadline {
            if TcpStream::connect(("127.0.0.1", self.port)).is_ok() {
                // It is this process that listens, unless it ends because another one does.
                thread::sleep(Duration::from_millis(20));
                return !self.has_ended();
            }
            if self.has_ended() {
                return false;
            }
            thread::sleep(Duration::from_millis(10));
        }
        panic!("redis-server neither listens nor ends");
    }

    fn has_ended(&mut self) -> bool {
        self.process.as_mut().is_none_or(|process| process.try_wait().unwrap().is_some())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

pub(crate) fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// Asks again and again until the answer is yes.
pub(crate) async fn until<F: Future<Output = bool>>(what: &str, mut holds: impl FnMut() -> F) {
    let deadline = Instant::now() + PATIENCE;
    while !holds().await {
        assert!(Instant::now() < deadline, "waited in vain until {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

fn new_folder() -> PathBuf {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let folder = std::env::temp_dir().join(format!("bearward-redis-{}-{number}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    folder
}
