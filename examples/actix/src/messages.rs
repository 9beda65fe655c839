//! The handlers. What they know of the caller, they know from the token that the middleware let in.

use std::sync::{Mutex, MutexGuard, PoisonError};

use actix_web::http::StatusCode;
use actix_web::web::{Data, Json, Path};
use actix_web::{HttpResponse, Responder};
use bearward_actix::{Authorized, Claims};
use serde::{Deserialize, Serialize};

use crate::problem::Problem;

#[derive(Debug, Clone, Serialize)]
pub struct Message {
    id: u64,
    /// The subject of the token that it was written with.
    author: String,
    text: String,
}

/// What the workers share.
#[derive(Default)]
pub struct Messages {
    all: Mutex<(u64, Vec<Message>)>,
}

impl Messages {
    fn lock(&self) -> MutexGuard<'_, (u64, Vec<Message>)> {
        self.all.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[derive(Deserialize)]
pub struct Draft {
    text: String,
}

/// What this API wants to know of a caller. A token without `sub` is answered 403; `department` may be missing.
#[derive(Serialize, Deserialize)]
pub struct Profile {
    sub: String,
    department: Option<String>,
}

pub async fn list(_: Authorized, messages: Data<Messages>) -> impl Responder {
    Json(messages.lock().1.clone())
}

pub async fn write(
    Authorized(token): Authorized,
    messages: Data<Messages>,
    draft: Json<Draft>,
) -> Result<HttpResponse, Problem> {
    let author = token.subject().ok_or(Problem::new(StatusCode::FORBIDDEN, "the token has no subject"))?;
    let mut messages = messages.lock();
    messages.0 += 1;
    let message = Message { id: messages.0, author: author.to_owned(), text: draft.into_inner().text };
    messages.1.push(message.clone());
    Ok(HttpResponse::Created().json(message))
}

pub async fn delete(_: Authorized, messages: Data<Messages>, id: Path<u64>) -> Result<HttpResponse, Problem> {
    let mut messages = messages.lock();
    let place = messages.1.iter().position(|message| message.id == *id);
    let place = place.ok_or(Problem::new(StatusCode::NOT_FOUND, "there is no message with this id"))?;
    messages.1.remove(place);
    Ok(HttpResponse::NoContent().finish())
}

pub async fn profile(Claims(profile): Claims<Profile>) -> impl Responder {
    Json(profile)
}
