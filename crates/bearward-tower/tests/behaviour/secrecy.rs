//! What is handed to requirements shows nothing of a request.

use bearward_tower::{HttpFacts, PathParameters};
use http::{HeaderMap, Uri};

#[test]
fn the_facts_of_a_request_show_no_header_no_query_and_no_parameter() {
    let mut headers = HeaderMap::new();
    headers.insert("authorization", "Bearer hush".parse().unwrap());
    let uri: Uri = "https://hush:hush@api.example.com/hush?access_token=hush".parse().unwrap();
    let path = PathParameters::Decoded(vec![("org".to_owned(), "hush".to_owned())]);
    let facts = HttpFacts::new(&headers, &uri, &path);
    assert_eq!(format!("{facts:?}"), "HttpFacts { headers: 1, path_parameters: 1, .. }");
    assert!(!format!("{facts:#?} {path:?}").contains("hush"));
}
