//! Nobody is measured who does not do the work: a good token is let in, each bad one is refused.

use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};

use super::running::Running;
use super::subject::{Door, Subject};
use super::world::World;
use crate::serving::PROTECTED;

/// Some peers load their keys in the background and refuse good tokens until they have them.
const KEYS_TIMEOUT: Duration = Duration::from_secs(5);

/// Fails, naming the token, unless `running` answers as `subject` should.
pub(crate) fn answers_rightly(subject: &Subject, running: &Running, world: &World) -> Result<()> {
    let mut connection = subject.protocol.open(running.port)?;
    let mut expect = |what: &str, token: Option<&str>, expected: &[u16]| -> Result<()> {
        match connection.get(PROTECTED, token)? {
            status if expected.contains(&status) => Ok(()),
            status => bail!("{}: {what}: answered {status}, not {expected:?}", subject.name),
        }
    };
    let good = world.tokens.first().map(String::as_str);
    let start = Instant::now();
    while let Err(error) = expect("a good token", good, &[200]) {
        if start.elapsed() > KEYS_TIMEOUT {
            return Err(error);
        }
        thread::sleep(Duration::from_millis(5));
    }
    // One of the peers answers 403 for a token that is not good.
    let answer = |is_let_in: bool| -> &[u16] { if is_let_in { &[200] } else { &[401, 403] } };
    expect("no token", None, answer(subject.door == Door::Open))?;
    for (reason, token) in &world.refused {
        expect(reason, Some(token), answer(subject.lets_in(reason)))?;
    }
    // The last token, of the other end of the pool: not one good token by accident.
    expect("another good token", world.tokens.last().map(String::as_str), &[200])
}
