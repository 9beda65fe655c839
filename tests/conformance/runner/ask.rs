//! One case: its requests are sent one after the other, and the answers compared to the last byte.

use http::{HeaderName, HeaderValue, Method};
use reqwest::{RequestBuilder, Url};
use tokio::task::JoinSet;

use crate::answer::{Answer, equal};
use crate::parties::Parties;
use crate::proof::{self, Purpose};
use crate::protocol::{EMPTY_MESSAGE, Protocol};
use crate::suite::{self, AtOnce, Case, Expectation, Party, Peer, Proof, Request, Token};
use crate::target::Target;
use crate::text::{self, Placeholder};
use crate::token;

/// A request as the case's words make it, and as those of the ones before left it.
struct Exchange<'c> {
    target: &'c Target,
    server: &'c str,
    parties: Parties,
    request: &'c Request,
    token: Option<String>,
    scheme: Option<&'c str>,
    proof: Option<String>,
    /// How often the proof is sent.
    proofs: usize,
    certificate: Option<Party>,
    /// What the server gave last.
    nonce: Option<String>,
}

/// Runs a case; the error says what differs.
pub(crate) async fn run(target: &Target, server: &str, case: &Case) -> Result<(), String> {
    target.protocol().has(&case.request)?;
    let mut exchange = Exchange::new(target, server, case);
    exchange.set(case.token.as_ref(), case.proof.as_ref());
    match &case.at_once {
        None => exchange.meets(&case.expect).await?,
        Some(at_once) => exchange.meets_one_of(&case.expect, at_once).await?,
    }
    for (index, next) in case.then.iter().enumerate() {
        exchange.request = next.request.as_ref().unwrap_or(exchange.request);
        target.protocol().has(exchange.request)?;
        exchange.scheme = next.scheme.as_deref().or(exchange.scheme);
        exchange.certificate = next.certificate.or(exchange.certificate);
        exchange.set(next.token.as_ref(), next.proof.as_ref());
        let met = exchange.meets(&next.expect).await;
        met.map_err(|difference| format!("then {}: {difference}", index + 1))?;
    }
    Ok(())
}

impl<'c> Exchange<'c> {
    fn new(target: &'c Target, server: &'c str, case: &'c Case) -> Self {
        let algorithm = case.proof.as_ref().and_then(|proof| proof.algorithm);
        Self {
            target,
            server,
            parties: algorithm.map_or_else(Parties::default, Parties::with_key_of),
            request: &case.request,
            token: None,
            scheme: case.scheme.as_deref(),
            proof: None,
            proofs: 0,
            certificate: case.certificate,
            nonce: None,
        }
    }

    /// Makes the token and the proof that are described; what is not stays what it was.
    fn set(&mut self, token: Option<&Token>, proof: Option<&Proof>) {
        if let Some(token) = token {
            let token = token::mint(token, self.target, &self.parties);
            self.token = Some(String::from_utf8(token).unwrap());
        }
        if let Some(proof) = proof {
            let url = self.url();
            let token = self.token.as_deref().unwrap_or_default();
            let protocol = self.target.protocol();
            let purpose = Purpose { protocol, method: self.method(), url: url.as_str(), token };
            let made = proof::make(proof, &purpose, &self.parties, &self.placeholders());
            self.proof = Some(String::from_utf8(made).unwrap());
            self.proofs = proof.times.unwrap_or(1);
        }
    }

    async fn meets(&mut self, expected: &Expectation) -> Result<(), String> {
        let answer = Answer::to(self.written(), self.target.protocol()).await;
        self.nonce = answer.nonce().or(self.nonce.take());
        self.judge(expected, &answer)
    }

    /// Whichever of them it is.
    async fn meets_one_of(&self, expected: &Expectation, at_once: &AtOnce) -> Result<(), String> {
        let mut sending = JoinSet::new();
        for _ in 0..at_once.requests {
            sending.spawn(Answer::to(self.written(), self.target.protocol()));
        }
        let answers = sending.join_all().await;
        let met = |answer: &&Answer| self.judge(expected, answer).is_ok();
        equal("requests that meet the expectation", answers.iter().filter(met).count(), 1)?;
        let mut others = answers.iter().filter(|answer| !met(answer));
        others.try_for_each(|answer| self.judge(&at_once.others, answer))
    }

    fn method(&self) -> &'c str {
        self.target.protocol().method(self.request)
    }

    /// Without query.
    fn url(&self) -> Url {
        let mut url = Url::parse(self.server).unwrap();
        let route = self.request.path.as_deref().unwrap_or("/api/private");
        let path = self.target.protocol().path(route);
        url.set_path(path);
        assert_eq!(url.path(), path, "the client would send another path");
        url
    }

    fn placeholders(&self) -> Vec<Placeholder> {
        let url = self.url();
        let certificate = || {
            let header = self.parties.certificate(Party::Client).client_cert_header();
            header.trim_matches(':').to_owned()
        };
        let mut placeholders = vec![
            ("{audience}", self.target.audience().to_owned()),
            ("{origin}", url.origin().ascii_serialization()),
            ("{authority}", url.authority().to_owned()),
            ("{port}", url.port_or_known_default().unwrap().to_string()),
            ("{path}", url.path().to_owned()),
            ("{url}", url.into()),
            ("{token}", self.token.clone().unwrap_or_default()),
            ("{proof}", self.proof.clone().unwrap_or_default()),
            ("{nonce}", self.nonce.clone().unwrap_or_default()),
        ];
        let headers = self.request.headers.iter().flatten();
        if headers.into_iter().any(|(_, value)| value.contains("{certificate}")) {
            placeholders.push(("{certificate}", certificate()));
        }
        placeholders
    }

    fn written(&self) -> RequestBuilder {
        let placeholders = self.placeholders();
        let mut url = self.url();
        url.set_query(self.request.query.as_deref().map(|query| text::fill(query, &placeholders)).as_deref());
        let mut headers = self.target.protocol().own_headers();
        let own = self.request.headers.clone().unwrap_or_else(|| self.default_headers());
        for (name, value) in own.iter().cloned().chain(self.headers_of_the_proxy(&own)) {
            // A character of the file is a byte on the wire.
            let value = text::fill(&value, &placeholders);
            let value: Vec<u8> = value.chars().map(|c| u8::try_from(c).unwrap()).collect();
            headers.append(
                HeaderName::from_bytes(name.to_ascii_lowercase().as_bytes()).unwrap(),
                HeaderValue::from_bytes(&value).unwrap(),
            );
        }
        let client = self.target.protocol().client(self.request.from);
        let method = Method::from_bytes(self.method().as_bytes()).unwrap();
        let request = client.request(method, url).headers(headers);
        match (self.target.protocol(), &self.request.body) {
            (Protocol::Grpc, _) => request.body(EMPTY_MESSAGE.to_vec()),
            (Protocol::Http, Some(body)) => request.body(text::fill(body, &placeholders)),
            (Protocol::Http, None) => request,
        }
    }

    /// A token is sent in the header, unless the case has another way of sending it.
    fn default_headers(&self) -> Vec<(String, String)> {
        let elsewhere = [&self.request.query, &self.request.body].into_iter().flatten();
        let mut headers = Vec::new();
        if self.token.is_some() && !elsewhere.into_iter().any(|part| part.contains("{token}")) {
            let usual = if self.proof.is_some() { "DPoP" } else { "Bearer" };
            headers.push(("Authorization", format!("{} {{token}}", self.scheme.unwrap_or(usual))));
        }
        headers.extend((0..self.proofs).map(|_| ("DPoP", "{proof}".to_owned())));
        if let Some(party) = self.certificate {
            headers.push(("Client-Cert", self.parties.certificate(party).client_cert_header()));
        }
        headers.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
    }

    /// What the proxy says of the URL, unless the case says what it says.
    fn headers_of_the_proxy(&self, own: &[(String, String)]) -> Vec<(String, String)> {
        const NAMES: [&str; 2] = ["X-Forwarded-Proto", "X-Forwarded-Host"];
        let says_itself = own.iter().any(|(name, _)| NAMES.contains(&name.as_str()));
        if matches!(self.request.from, Peer::Anyone) || says_itself {
            return Vec::new();
        }
        let url = self.url();
        let values = [url.scheme(), url.authority()];
        NAMES.into_iter().zip(values).map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
    }

    fn judge(&self, expected: &Expectation, answer: &Answer) -> Result<(), String> {
        match expected {
            Expectation::Named(name) if name == "accepted" => answer.is_accepted(),
            Expectation::Named(name) => {
                let row = suite::refusal(name);
                answer.is_refused(row, self.target.challenge_lines(&row.challenges), self.method())
            }
            Expectation::Exactly { status, json } => {
                answer.is_json(*status, &text::fill_value(json, &self.placeholders(), 0, &[]))
            }
        }
    }
}
