//! Answers of introspection, kept sealed.

use std::time::Duration;

use bearward::store::{IntrospectionKey, IntrospectionStore};
use bearward_redis::{Redis, RedisConfigError, RedisIntrospectionStore};

use crate::proof::built;
use crate::server::{Server, until};

const ANSWER: &[u8] = br#"{"active":true,"sub":"alice"}"#;
const HOUR: Duration = Duration::from_secs(3600);

fn store(server: &Server, secret: u8) -> RedisIntrospectionStore {
    built(Redis::single(server.url()).seal_with([secret; 32])).introspection_store().unwrap()
}

fn key(number: u8) -> IntrospectionKey {
    IntrospectionKey::from_hash([number; 32])
}

#[tokio::test]
async fn what_one_process_keeps_another_with_the_same_secret_finds() {
    let server = Server::start(&[]);
    let [one, other] = [1, 1].map(|secret| store(&server, secret));
    assert_eq!(other.find(key(1)).await, Ok(None));
    one.keep(key(1), ANSWER.to_vec(), HOUR).await.unwrap();
    assert_eq!(other.find(key(1)).await.unwrap().as_deref(), Some(ANSWER));
    assert_eq!(other.find(key(2)).await, Ok(None));
    assert_eq!(store(&server, 2).find(key(1)).await, Ok(None), "another secret");
}

#[tokio::test]
async fn without_a_secret_there_is_no_store() {
    let redis = built(Redis::single("redis://127.0.0.1:1"));
    assert_eq!(redis.introspection_store().map(drop), Err(RedisConfigError::NoSecret));
}

#[tokio::test]
async fn the_server_holds_nothing_that_can_be_read_or_moved_or_made_up() {
    let server = Server::start(&[]);
    let store = store(&server, 1);
    store.keep(key(1), ANSWER.to_vec(), HOUR).await.unwrap();
    let name = |number| format!("bearward:introspection:{}", key(number));
    let held: Vec<u8> = server.tell(&format!("GET {}", name(1))).await;
    assert!(!held.windows(5).any(|window| window == b"alice"));
    let left: u64 = server.tell(&format!("PTTL {}", name(1))).await;
    assert!((3_500_000..=3_600_000).contains(&left), "{left}");
    let () = server.tell(&format!("COPY {} {}", name(1), name(2))).await;
    assert_eq!(store.find(key(2)).await, Ok(None));
    for forged in [&b""[..], ANSWER, &[1; 100]] {
        let () = server.ask(redis::cmd("SET").arg(name(3)).arg(forged)).await;
        assert_eq!(store.find(key(3)).await, Ok(None));
    }
}

#[tokio::test]
async fn an_answer_ends_with_its_time() {
    let server = Server::start(&[]);
    let store = store(&server, 1);
    store.keep(key(1), ANSWER.to_vec(), Duration::from_millis(1)).await.unwrap();
    store.keep(key(2), ANSWER.to_vec(), HOUR).await.unwrap();
    store.keep(key(3), ANSWER.to_vec(), Duration::ZERO).await.unwrap();
    until("it is gone", || async { store.find(key(1)).await == Ok(None) }).await;
    assert_eq!(store.find(key(2)).await.unwrap().as_deref(), Some(ANSWER));
    assert_eq!(store.find(key(3)).await, Ok(None));
}
