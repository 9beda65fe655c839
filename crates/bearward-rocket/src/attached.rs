//! What the fairing leaves for those that ask after it, and its question to each route.

use rocket::{Ignite, Rocket, Route};

use crate::routes::is_declared;

/// Tells the request guards that the fairing is attached, and what it lets be: managed by Rocket.
pub(crate) struct Attached {
    others: fn(&Route) -> bool,
}

impl Attached {
    pub(crate) fn letting(others: fn(&Route) -> bool) -> Self {
        Self { others }
    }

    /// Whether each route says what it needs. Those that do not are named in the log.
    pub(crate) fn all_say<'r>(&self, routes: impl Iterator<Item = &'r Route>) -> bool {
        let mut all = true;
        for route in routes.filter(|route| !is_declared(route) && !(self.others)(route)) {
            all = false;
            rocket::error!(
                "{route} does not say whether it needs a token: mount it by `protect`, `optional`, `require` or \
                 `public` of bearward-rocket"
            );
        }
        all
    }
}

/// Whether each route of an application says what it needs, when all its fairings have run.
pub(crate) fn all_say(rocket: &Rocket<Ignite>) -> bool {
    rocket.state::<Attached>().is_some_and(|attached| attached.all_say(rocket.routes()))
}

pub(crate) fn is_attached(rocket: &Rocket<Ignite>) -> bool {
    let is_attached = rocket.state::<Attached>().is_some();
    if !is_attached {
        rocket::error!("routes take guards of bearward-rocket: attach `Bearward::new()`");
    }
    is_attached
}
