//! The handlers. Each asks its request for the token, and learns from it whose notes are meant.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bearward_tonic::{AccessToken, Authorization as _};
use tokio::sync::{broadcast, mpsc};
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status};

use crate::proto::notes_server;
use crate::proto::{AddRequest, ListRequest, ListResponse, Note, WatchRequest};

/// How many notes may wait for a client that reads slowly.
const WAITING: usize = 64;

/// All notes, by whose they are.
pub struct Notes {
    by_subject: Mutex<HashMap<String, Vec<Note>>>,
    added: broadcast::Sender<(String, Note)>,
}

impl Default for Notes {
    fn default() -> Self {
        Self { by_subject: Mutex::default(), added: broadcast::Sender::new(WAITING) }
    }
}

impl Notes {
    fn by_subject(&self) -> MutexGuard<'_, HashMap<String, Vec<Note>>> {
        self.by_subject.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[tonic::async_trait]
impl notes_server::Notes for Notes {
    async fn add(&self, request: Request<AddRequest>) -> Result<Response<Note>, Status> {
        let subject = subject(request.access_token()?)?;
        let note = {
            let mut all = self.by_subject();
            let notes = all.entry(subject.clone()).or_default();
            notes.push(Note { id: notes.len() as u64 + 1, text: request.into_inner().text });
            notes[notes.len() - 1].clone()
        };
        // An error says that there is no watcher.
        let _ = self.added.send((subject, note.clone()));
        Ok(Response::new(note))
    }

    async fn list(&self, request: Request<ListRequest>) -> Result<Response<ListResponse>, Status> {
        let subject = subject(request.access_token()?)?;
        let notes = self.by_subject().get(&subject).cloned().unwrap_or_default();
        Ok(Response::new(ListResponse { notes }))
    }

    type WatchStream = ReceiverStream<Result<Note, Status>>;

    /// The layer checks a token once, when the call begins. A stream that lives longer than its token is this handler's
    /// to end.
    async fn watch(&self, request: Request<WatchRequest>) -> Result<Response<Self::WatchStream>, Status> {
        let token = request.access_token()?;
        let (subject, lifetime) = (subject(token)?, lifetime(token));
        let mut added = self.added.subscribe();
        let (sender, receiver) = mpsc::channel(WAITING);
        tokio::spawn(async move {
            let expiry = tokio::time::sleep(lifetime);
            tokio::pin!(expiry);
            loop {
                let note = tokio::select! {
                    // A client that reads nothing keeps nothing alive either.
                    () = sender.closed() => return,
                    () = &mut expiry => Err(Status::unauthenticated("the access token expired")),
                    added = added.recv() => match added {
                        Ok((whose, note)) if whose == subject => Ok(note),
                        Ok(_) => continue,
                        Err(_) => Err(Status::data_loss("notes came faster than they were read")),
                    },
                };
                let is_last = note.is_err();
                if sender.send(note).await.is_err() || is_last {
                    return;
                }
            }
        });
        Ok(Response::new(ReceiverStream::new(receiver)))
    }
}

fn subject(token: &AccessToken) -> Result<String, Status> {
    let subject =
        token.subject().ok_or_else(|| Status::permission_denied("the access token has no subject"))?;
    Ok(subject.to_owned())
}

/// How long the token is still valid.
fn lifetime(token: &AccessToken) -> Duration {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let expiry = token.expires_at().and_then(|date| Duration::try_from_secs_f64(date.seconds()).ok());
    expiry.unwrap_or_default().saturating_sub(now)
}
