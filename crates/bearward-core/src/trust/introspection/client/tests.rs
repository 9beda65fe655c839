use super::*;

fn at(seconds: f64) -> NumericDate {
    NumericDate::from_seconds(seconds).unwrap()
}

#[test]
fn id_and_secret_are_form_encoded_before_they_are_joined() {
    // RFC 6749 §2.3.1: so that a colon in an id does not end it, and nothing beyond ASCII gets into a header.
    let client = ClientAuthentication::secret_basic("a:b c", "p%ä+/=");
    let mut form = String::new();
    let header = client.apply(&mut form, "https://issuer.example", at(0.0)).unwrap().unwrap();
    let pair = STANDARD.decode(header.strip_prefix("Basic ").unwrap()).unwrap();
    assert_eq!(String::from_utf8(pair).unwrap(), "a%3Ab+c:p%25%C3%A4%2B%2F%3D");
    assert_eq!(form, "", "and nothing of it is in the form");
}
