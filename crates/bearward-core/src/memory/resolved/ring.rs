//! Which of the trusted issuers gives way where the memory is full.
//!
//! 1. An issuer is *proven* once a token of it was verified. What strangers write into unsigned tokens proves nothing,
//!    so what they have resolved gives way first, and pushes out little of what is in use.
//! 2. Among proven issuers a hand goes round. The one it comes to gives way, unless it verified a token since the
//!    hand came by last.
//! 3. One that is held never gives way.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use super::Known;

/// Unproven issuers that are held take the places of proven ones up to this part of all places.
const UNPROVEN_PART: usize = 4;

#[derive(Default)]
pub(super) struct Ring {
    places: HashMap<Arc<str>, usize>,
    ring: Vec<Arc<Known>>,
    hand: usize,
    /// Those that were unproven when they were last looked at, in the order in which they came.
    unproven: VecDeque<Arc<str>>,
}

impl Ring {
    pub(super) fn len(&self) -> usize {
        self.ring.len()
    }

    pub(super) fn find(&self, identifier: &str) -> Option<&Arc<Known>> {
        self.places.get(identifier).and_then(|place| self.ring.get(*place))
    }

    /// Takes an issuer in, or its new configuration; gives what was known of it before.
    pub(super) fn put(&mut self, known: Arc<Known>) -> Option<Arc<Known>> {
        if let Some(place) = self.places.get(&known.identifier).and_then(|place| self.ring.get_mut(*place)) {
            return Some(std::mem::replace(place, known));
        }
        let identifier = &known.identifier;
        self.places.insert(Arc::clone(identifier), self.ring.len());
        self.unproven.push_back(Arc::clone(identifier));
        self.ring.push(known);
        None
    }

    pub(super) fn remove(&mut self, identifier: &str) -> Option<Arc<Known>> {
        let removed = self.take(identifier)?;
        self.unproven.retain(|unproven| **unproven != *identifier);
        Some(removed)
    }

    /// Removes the issuer that gives way. `None` if no issuer may be removed.
    pub(super) fn evict(&mut self, is_held: impl Fn(&Known) -> bool) -> Option<Arc<Known>> {
        if let Some(unproven) = self.first_unproven(&is_held) {
            return self.take(&unproven);
        }
        if !self.unproven.is_empty() && self.unproven.len() * UNPROVEN_PART >= self.ring.len() {
            return None;
        }
        // In two rounds the hand comes twice to each that verified a token.
        for _ in 0..2 * self.ring.len() {
            if self.hand >= self.ring.len() {
                self.hand = 0;
            }
            let known = self.ring.get(self.hand)?;
            if !is_held(known) && !known.issuer.take_use() {
                let identifier = Arc::clone(&known.identifier);
                return self.take(&identifier);
            }
            self.hand += 1;
        }
        None
    }

    fn first_unproven(&mut self, is_held: impl Fn(&Known) -> bool) -> Option<Arc<str>> {
        for _ in 0..self.unproven.len() {
            let identifier = self.unproven.pop_front()?;
            match self.find(&identifier) {
                None => {}
                Some(known) if known.issuer.is_used() => {}
                Some(known) if is_held(known) => self.unproven.push_back(identifier),
                Some(_) => return Some(identifier),
            }
        }
        None
    }

    fn take(&mut self, identifier: &str) -> Option<Arc<Known>> {
        let place = self.places.remove(identifier)?;
        let taken = self.ring.swap_remove(place);
        if let Some(moved) = self.ring.get(place) {
            self.places.insert(Arc::clone(&moved.identifier), place);
        }
        Some(taken)
    }
}
