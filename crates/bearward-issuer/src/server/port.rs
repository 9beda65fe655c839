//! The port: accepting connections, letting go of them, and keeping the number while the server is down.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::pin::pin;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::response::Response;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};
use tower_service::Service as _;

use super::staging::hangs_up;

/// How long a clean shutdown waits for answers that are under way; endless ones would keep it for ever.
const GRACE: Duration = Duration::from_secs(1);

/// Pause after a failed accept, which mostly means that file descriptors ran out.
const ACCEPT_RETRY: Duration = Duration::from_millis(50);

const BACKLOG: u32 = 1024;

/// Binds the loopback interface. The address may be reused at once after a shutdown.
pub(crate) fn bind(port: u16) -> io::Result<TcpSocket> {
    let socket = TcpSocket::new_v4()?;
    #[cfg(not(windows))]
    socket.set_reuseaddr(true)?;
    socket.bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port)))?;
    Ok(socket)
}

/// A port that is being served.
#[derive(Debug)]
pub(crate) struct Serving {
    stop: watch::Sender<Stop>,
    accepting: JoinHandle<()>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stop {
    NotYet,
    /// Finish the answers under way.
    Finish,
    /// Cut every connection.
    Cut,
}

impl Serving {
    /// Starts to accept connections on a bound socket.
    pub(crate) fn start(socket: TcpSocket, router: Router) -> io::Result<Self> {
        let listener = socket.listen(BACKLOG)?;
        let (stop, stopped) = watch::channel(Stop::NotYet);
        let accepting = tokio::spawn(accept(listener, router, stopped));
        Ok(Self { stop, accepting })
    }

    /// Lets the answers under way finish, but not for long.
    pub(crate) async fn finish(self) {
        self.end(Stop::Finish).await;
    }

    /// Closes the port and every connection.
    pub(crate) async fn cut(self) {
        self.end(Stop::Cut).await;
    }

    /// The same from where nothing can be awaited.
    pub(crate) fn abort(&self) {
        self.accepting.abort();
    }

    async fn end(self, stop: Stop) {
        self.stop.send_replace(stop);
        // The task neither panics nor is it cancelled while `self` is here.
        let _ = self.accepting.await;
    }
}

async fn accept(listener: TcpListener, router: Router, mut stopped: watch::Receiver<Stop>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            _ = stopped.changed() => break,
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    connections.spawn(serve(stream, router.clone(), stopped.clone()));
                }
                Err(error) => {
                    tracing::warn!(%error, "cannot accept");
                    tokio::time::sleep(ACCEPT_RETRY).await;
                }
            },
            Some(_) = connections.join_next() => {}
        }
    }
    drop(listener);
    let stop = *stopped.borrow();
    if stop == Stop::Finish {
        let all = async { while connections.join_next().await.is_some() {} };
        let _ = tokio::time::timeout(GRACE, all).await;
    }
    connections.shutdown().await;
}

async fn serve(stream: TcpStream, router: Router, mut stopped: watch::Receiver<Stop>) {
    // Answers are small and whole: waiting to fill a packet only delays them.
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |request| answer(router.clone(), request));
    let connection = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
    let mut connection = pin!(connection);
    // An error here is a connection that broke, ours or the client's doing: nothing to tell anyone.
    tokio::select! {
        _ = connection.as_mut() => {}
        _ = stopped.changed() => {
            connection.as_mut().graceful_shutdown();
            let _ = connection.await;
        }
    }
}

/// An error instead of a response makes hyper close the connection without a word.
async fn answer(mut router: Router, request: http::Request<Incoming>) -> Result<Response<Body>, io::Error> {
    let Ok(response) = router.call(request).await;
    if hangs_up(response.extensions()) {
        return Err(io::Error::from(io::ErrorKind::ConnectionAborted));
    }
    Ok(response)
}
