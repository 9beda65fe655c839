//! A way to a server on which connections can fall silent.

use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

pub(crate) struct Relay {
    pub(crate) port: u16,
    silenced: watch::Sender<()>,
}

impl Relay {
    pub(crate) async fn to(port: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let own_port = listener.local_addr().unwrap().port();
        let (silenced, silence) = watch::channel(());
        tokio::spawn(async move {
            while let Ok((mut client, _)) = listener.accept().await {
                let mut silence = silence.clone();
                silence.mark_unchanged();
                tokio::spawn(async move {
                    let mut server = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
                    let is_silenced = tokio::select! {
                        _ = copy_bidirectional(&mut client, &mut server) => false,
                        changed = silence.changed() => changed.is_ok(),
                    };
                    if is_silenced {
                        // Both ends stay open.
                        std::future::pending::<()>().await;
                    }
                });
            }
        });
        Self { port: own_port, silenced }
    }

    /// Makes all connections there are fall silent; later ones work.
    pub(crate) fn silence(&self) {
        self.silenced.send_replace(());
    }
}
