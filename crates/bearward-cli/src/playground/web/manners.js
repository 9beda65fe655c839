// How a request presents its token: as it should, and wrongly in ways that the API must refuse.

const NOT_A_TOKEN = 'not-a-token';

const bearer = (token) => [['authorization', `Bearer ${token}`]];

/** The ways to send a token that is bound like this: each with a name, and a function that makes the headers. */
const MANNERS = {
  bearer: [
    ['right', 'as it should be', ({ token }) => bearer(token)],
    ['none', 'without any token', () => []],
    ['empty', 'a header without a token in it', () => [['authorization', 'Bearer']]],
    ['nonsense', 'something that is not a token', () => bearer(NOT_A_TOKEN)],
    ['cut', 'the last 20 characters are lost', ({ token }) => bearer(token.slice(0, -20))],
    ['twice', 'two Authorization headers', ({ token }) => [...bearer(token), ...bearer(token)]],
    ['scheme', 'under the scheme DPoP, without a proof', ({ token }) => [['authorization', `DPoP ${token}`]]],
  ],
  dpop: [
    ['right', 'with a proof for this request', (given) => withProof(given, {})],
    ['no-proof', 'as a bearer token, without a proof', ({ token }) => bearer(token)],
    ['replay', 'with the proof of the last request again', replayed],
    ['other-key', 'by a thief, whose proof is of another key', (given) => withProof({ ...given, key: given.otherKey }, {})],
    ['other-url', 'with a proof for another URL', (given) => withProof(given, { url: new URL('/elsewhere', given.url).href })],
    ['other-method', 'with a proof for POST', (given) => withProof(given, { method: 'POST' })],
    ['other-token', 'with a proof for another token', (given) => withProof(given, { token: NOT_A_TOKEN })],
    ['old', 'with a proof that is an hour old', (given) => withProof(given, { age: 3600 })],
  ],
  certificate: [
    ['right', 'by the client with that certificate', (given) => withCertificate(given, 'own')],
    ['no-certificate', 'by a client without a certificate', ({ token }) => bearer(token)],
    ['other-certificate', 'by a client with another certificate', (given) => withCertificate(given, 'another')],
  ],
};

async function withProof({ token, key, url }, changes) {
  const proof = await key.proof({ method: 'GET', url, token, ...changes });
  return [['authorization', `DPoP ${token}`], ['dpop', proof]];
}

function replayed(given) {
  if (given.lastProof === undefined) return withProof(given, {});
  return [['authorization', `DPoP ${given.token}`], ['dpop', given.lastProof]];
}

/** This page plays the proxy that ends TLS and passes the certificate on. */
function withCertificate({ token, certificates }, whose) {
  return [...bearer(token), ['client-cert', certificates[whose]]];
}

/** Pairs of name and label, for a select. */
export const mannersOf = (binding) => MANNERS[binding].map(([name, label]) => [name, label]);

/** The headers of a request that presents the token in this way. */
export async function headersOf(binding, name, given) {
  const manner = MANNERS[binding].find(([own]) => own === name) ?? MANNERS[binding][0];
  return manner[2](given);
}
