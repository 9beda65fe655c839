//! What is handed to requirements shows nothing of a request.

use bearward_tower::{Framework, HttpFacts, PathParameters};
use http::Request;

#[test]
fn the_facts_of_a_request_show_no_header_no_query_and_no_parameter() {
    let request = Request::get("https://hush:hush@api.example.com/hush?access_token=hush");
    let request = request.header("authorization", "Bearer hush").body(()).unwrap();
    let path = PathParameters::Decoded(vec![("org".to_owned(), "hush".to_owned())]);
    let facts = HttpFacts::of(&request, Framework::NONE, &path);
    assert_eq!(format!("{facts:?}"), "HttpFacts { headers: 1, path_parameters: 1, .. }");
    assert!(!format!("{facts:#?} {path:?}").contains("hush"));
}
