//! A way to a server on which connections can fall silent, or end when something is sent.

use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

pub(crate) struct Relay {
    pub(crate) port: u16,
    fate: watch::Sender<Fate>,
}

/// What becomes of the connections there are.
#[derive(Clone, Copy)]
enum Fate {
    Silence,
    EndAtTheNextCommand,
}

impl Relay {
    pub(crate) async fn to(port: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let own_port = listener.local_addr().unwrap().port();
        let (fate, fates) = watch::channel(Fate::Silence);
        tokio::spawn(async move {
            while let Ok((mut client, _)) = listener.accept().await {
                let mut fates = fates.clone();
                fates.mark_unchanged();
                tokio::spawn(async move {
                    let mut server = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
                    tokio::select! {
                        _ = copy_bidirectional(&mut client, &mut server) => return,
                        changed = fates.changed() => if changed.is_err() { return },
                    }
                    let fate = *fates.borrow();
                    match fate {
                        // Both ends stay open.
                        Fate::Silence => std::future::pending::<()>().await,
                        // Nothing of it reaches the server.
                        Fate::EndAtTheNextCommand => drop(client.peek(&mut [0]).await),
                    }
                });
            }
        });
        Self { port: own_port, fate }
    }

    /// Makes all connections there are fall silent; later ones work.
    pub(crate) fn silence(&self) {
        self.fate.send_replace(Fate::Silence);
    }

    /// Makes all connections there are end when the next command is sent; later ones work.
    pub(crate) fn end_at_the_next_command(&self) {
        self.fate.send_replace(Fate::EndAtTheNextCommand);
    }
}
