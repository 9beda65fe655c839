//! One connection to one server, multiplexed: commands of many requests share it and wait for their own answer
//! only.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, RedisError, RedisResult};
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;

use crate::address::{Address, Endpoint, Transport};
use crate::settings::Settings;

/// The way to a server, and whether it is still open.
#[derive(Clone)]
pub(crate) struct Channel {
    connection: MultiplexedConnection,
    open: Arc<AtomicBool>,
}

impl Channel {
    /// Connects and signs in. The caller limits the time.
    pub(crate) async fn open(address: &Address, settings: &Settings) -> RedisResult<Self> {
        match &address.endpoint {
            Endpoint::Tcp { host, port, transport } => {
                let stream = TcpStream::connect((host.as_str(), *port)).await?;
                stream.set_nodelay(true)?;
                match (transport, &settings.tls) {
                    (Transport::Plain, _) => Self::over(stream, address, settings).await,
                    (Transport::Tls, Some(tls)) => {
                        let name = ServerName::try_from(host.clone()).map_err(io::Error::other)?;
                        Self::over(tls.connect(name, stream).await?, address, settings).await
                    }
                    (Transport::Tls, None) => Err(io::Error::other("TLS is not set up").into()),
                }
            }
            #[cfg(unix)]
            Endpoint::Unix(path) => {
                Self::over(tokio::net::UnixStream::connect(path).await?, address, settings).await
            }
            #[cfg(not(unix))]
            Endpoint::Unix(_) => Err(io::Error::from(io::ErrorKind::Unsupported).into()),
        }
    }

    /// The connection, for one command.
    pub(crate) fn connection(&self) -> MultiplexedConnection {
        self.connection.clone()
    }

    /// Whether it can still be used: the server has not closed it as far as is known, and it was not given up.
    pub(crate) fn is_open(&self) -> bool {
        self.open.load(Ordering::Acquire)
    }

    pub(crate) fn give_up(&self) {
        self.open.store(false, Ordering::Release);
    }

    async fn over<S>(stream: S, address: &Address, settings: &Settings) -> Result<Self, RedisError>
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        // Ends before the request stops waiting, so that the request itself replaces a connection that gives no
        // answer.
        let config = AsyncConnectionConfig::new().set_response_timeout(Some(settings.timeout.mul_f64(0.9)));
        let info = address.sign_in.to_connection_info();
        let (connection, driver) = MultiplexedConnection::new_with_config(&info, stream, config).await?;
        let open = Arc::new(AtomicBool::new(true));
        let closed = Arc::clone(&open);
        // The task ends when the server closes the connection, or the last handle to it is dropped.
        tokio::spawn(async move {
            driver.await;
            closed.store(false, Ordering::Release);
        });
        Ok(Self { connection, open })
    }
}
