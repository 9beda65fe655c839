//! What an operator looks at.

use crate::served::Served;

#[tokio::test]
async fn it_is_ready_while_the_keys_of_one_issuer_are_there() {
    let api = Served::start().await;
    let status = async |path: &str| api.get(path).send().await.unwrap().status().as_u16();
    assert_eq!((status("/live").await, status("/ready").await), (204, 204));
    // An outage later on changes nothing: the keys are in hand.
    api.customers.go_down().await;
    api.staff.go_down().await;
    assert_eq!((status("/live").await, status("/ready").await), (204, 204));
}

#[tokio::test]
async fn it_is_not_ready_without_any_keys_and_is_with_those_of_one_issuer() {
    let api = Served::start().await;
    let status = async |path: &str| api.get(path).send().await.unwrap().status().as_u16();
    api.customers.go_down().await;
    api.staff.go_down().await;
    assert_eq!((status("/live").await, status("/ready").await), (204, 503));

    let api = Served::start().await;
    let status = async |path: &str| api.get(path).send().await.unwrap().status().as_u16();
    api.customers.go_down().await;
    assert_eq!(status("/ready").await, 204);
}
