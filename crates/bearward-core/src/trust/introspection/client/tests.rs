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

#[test]
fn a_form_holds_no_character_that_would_end_a_field() {
    let mut form = String::new();
    form_field(&mut form, "token", "a&b=c\r\n\0é");
    form_field(&mut form, "x", "*-._~");
    assert_eq!(form, "token=a%26b%3Dc%0D%0A%00%C3%A9&x=*-._%7E");
}
