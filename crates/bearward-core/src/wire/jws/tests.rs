use std::convert::Infallible;

use proptest::prelude::*;
use serde_json::json;

use super::*;

const HEADER: &str = r#"{"alg":"ES256","kid":"1","typ":"statuslist+jwt"}"#;

fn compact(header: &str, payload: &str) -> String {
    let encode = |text: &str| URL_SAFE_NO_PAD.encode(text);
    format!("{}.{}.c2ln", encode(header), encode(payload))
}

/// What the reader says of a header.
fn header<T>(json: &str, read: impl FnOnce(&JwsHeader<'_>) -> Result<T, JwsError>) -> Result<T, JwsError> {
    let compact = compact(json, "{}");
    let mut buffer = HeaderBuffer::new();
    read(&CompactJws::split(&compact)?.header(&mut buffer)?)
}

#[test]
fn a_jws_is_read_part_by_part() {
    let compact = compact(HEADER, r#"{"status_list":{"bits":1}}"#);
    let jws = CompactJws::split(&compact).unwrap();
    let mut buffer = HeaderBuffer::new();
    let header = jws.header(&mut buffer).unwrap();
    assert_eq!(header.alg().as_deref(), Some("ES256"));
    assert_eq!(header.kid().unwrap().as_deref(), Some("1"));
    assert_eq!(header.typ(&[("secevent+jwt", 1), ("statuslist+jwt", 2)]), Ok(Some(2)));
    assert_eq!(header.as_json(), HEADER);
    assert_eq!(jws.payload_text().unwrap(), r#"{"status_list":{"bits":1}}"#);
    assert_eq!(jws.signature().unwrap(), b"sig");
    assert_eq!(jws.signing_input(), compact.strip_suffix(".c2ln").unwrap().as_bytes());
}

#[test]
fn a_typ_is_one_that_the_caller_accepts() {
    let typ = |json: &str| header(json, |header| header.typ(&[("a+jwt", ())]));
    assert_eq!(typ(r#"{"alg":"ES256"}"#), Ok(None));
    for accepted in ["a+jwt", "A+JWT", "application/a+jwt", "APPLICATION/a+jwt", "\\u0061+jwt"] {
        assert_eq!(typ(&format!(r#"{{"typ":"{accepted}"}}"#)), Ok(Some(())), "{accepted}");
    }
    for refused in ["", "jwt", "a+jwt ", "application/", "application/application/a+jwt", "text/a+jwt"] {
        assert_eq!(typ(&format!(r#"{{"typ":"{refused}"}}"#)), Err(JwsError::WrongType), "{refused:?}");
    }
    for other in ["null", "7", "[\"a+jwt\"]"] {
        assert_eq!(typ(&format!(r#"{{"typ":{other}}}"#)), Err(JwsError::MemberType), "{other}");
    }
}

#[test]
fn a_header_that_breaks_a_rule_is_refused() {
    let long = |certificates: usize, length: usize| {
        json!({ "alg": "ES256", "x5c": vec!["M".repeat(length); certificates] }).to_string()
    };
    for (json, why) in [
        (r#"{"crit":["exp"]}"#.to_owned(), JwsError::CriticalHeader),
        (r#"{"crit":null}"#.to_owned(), JwsError::CriticalHeader),
        (r#"{"\u0062\u0036\u0034":false}"#.to_owned(), JwsError::CriticalHeader),
        (r#"{"alg":"a","alg":"b"}"#.to_owned(), JwsError::Header(JsonError::DuplicateMember)),
        ("[]".to_owned(), JwsError::Header(JsonError::NotAnObject)),
        (String::new(), JwsError::Header(JsonError::Syntax)),
        (long(128, 8), JwsError::Header(JsonError::TooManyValues)),
        (long(4, 1900), JwsError::HeaderTooLarge),
    ] {
        assert_eq!(header(&json, |_| Ok(())), Err(why), "{json}");
    }
    assert_eq!(header(&long(3, 1900), |_| Ok(())), Ok(()));
    assert_eq!(header(r#"{"kid":1}"#, |header| header.kid().map(|_| ())), Err(JwsError::MemberType));
    assert_eq!(header(r#"{"alg":1}"#, |header| Ok(header.alg().is_some())), Ok(false));
}

#[test]
fn three_parts_are_a_jws_and_five_a_jwe() {
    for (text, why) in [
        ("", JwsError::NotCompact),
        ("a", JwsError::NotCompact),
        ("a.b", JwsError::NotCompact),
        ("a.b.c.d", JwsError::NotCompact),
        ("a.b.c.d.e", JwsError::Encrypted),
        ("....", JwsError::Encrypted),
        ("a.b.c.d.e.f", JwsError::NotCompact),
        (".......", JwsError::NotCompact),
    ] {
        assert_eq!(CompactJws::split(text).err(), Some(why), "{text}");
    }
}

#[test]
fn each_part_has_one_spelling() {
    let part = |text: &str| {
        let compact = format!("e30.{text}.{text}");
        let jws = CompactJws::split(&compact).unwrap();
        (jws.payload().ok(), jws.signature().ok(), jws.padded().payload().ok(), jws.padded().signature().ok())
    };
    let sig = || Some(b"sig".to_vec());
    let si = || Some(b"si".to_vec());
    assert_eq!(part("c2ln"), (sig(), sig(), sig(), sig()));
    assert_eq!(part("c2k"), (si(), si(), None, None));
    assert_eq!(part("c2k="), (None, None, si(), si()));
    // Bits are left over, a character is missing, white space, the other alphabet.
    for text in ["c2l", "c2l=", "c", "c2ln\n", " c2ln", "c2+/"] {
        assert_eq!(part(text), (None, None, None, None), "{text:?}");
    }
    let (payload, signature, ..) = part("");
    assert_eq!((payload, signature), (Some(Vec::new()), None), "a payload may be empty, a signature may not");
}

#[test]
fn what_is_written_is_read_again() {
    let header = json!({ "alg": "EdDSA", "typ": "JWT" });
    let payload = json!({ "iss": "client", "text": "é".repeat(300) });
    let mut signed = Vec::new();
    let compact = write(&header, &payload, |input| {
        signed = input.to_vec();
        Ok::<_, Infallible>(vec![0xff; 64])
    })
    .unwrap();
    let jws = CompactJws::split(&compact).unwrap();
    assert_eq!(jws.signing_input(), signed);
    assert_eq!(jws.signature().unwrap(), [0xff; 64]);
    assert_eq!(jws.payload_text().unwrap(), payload.to_string());
    assert_eq!(jws.header(&mut HeaderBuffer::new()).unwrap().as_json(), header.to_string());
}

proptest! {
    /// Two spellings of one token would be two entries of every memory, and two answers to what was revoked.
    #[test]
    fn whatever_is_read_has_this_spelling_and_no_other(
        header in "[ -~]{0,8}|e30|e30=|eyJhbGciOiJFUzI1NiJ9|eyJhbGciOiJFUzI1NiJ8",
        payload in "[A-Za-z0-9_-]{0,9}=?|[ -~]{0,4}",
        signature in "[A-Za-z0-9_-]{0,9}=?|[ -~]{0,4}",
    ) {
        let compact = format!("{header}.{payload}.{signature}");
        let read = |jws: CompactJws<'_>| {
            let header = jws.header(&mut HeaderBuffer::new())?.as_json().to_owned();
            Ok::<_, JwsError>((header, jws.payload()?, jws.signature()?))
        };
        if let Ok((header, payload, signature)) = CompactJws::split(&compact).and_then(read) {
            let encode = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
            prop_assert_eq!(
                format!("{}.{}.{}", encode(header.as_bytes()), encode(&payload), encode(&signature)),
                &*compact
            );
        }
        if let Ok((header, payload, signature)) = CompactJws::split(&compact).map(CompactJws::padded).and_then(read) {
            let encode = |bytes: &[u8]| URL_SAFE.encode(bytes);
            prop_assert_eq!(
                format!("{}.{}.{}", encode(header.as_bytes()), encode(&payload), encode(&signature)),
                compact
            );
        }
    }
}
