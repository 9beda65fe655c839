// A small authorization server for the tests: signs with `jose`, serves metadata and keys, and can be told to
// misbehave.

import { createServer } from 'node:http';
import { once } from 'node:events';
import { after } from 'node:test';
import { exportJWK, exportSPKI, generateKeyPair, SignJWT } from 'jose';

export const AUDIENCE = 'https://api.example.com';

export async function keyPair(alg = 'RS256', kid = 'k1') {
  const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true });
  const jwk = { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' };
  return { alg, kid, publicKey, privateKey, jwk, pem: await exportSPKI(publicKey) };
}

/** `{ claims, header, key, unset }` over sound defaults. */
export function sign(key, issuer, { claims = {}, header = {}, unset = [] } = {}) {
  const now = Math.floor(Date.now() / 1000);
  const payload = {
    iss: issuer,
    aud: AUDIENCE,
    sub: 'alice',
    client_id: 'app',
    jti: 'j1',
    iat: now,
    exp: now + 600,
    ...claims,
  };
  for (const name of unset) delete payload[name];
  const protectedHeader = { alg: key.alg, typ: 'at+jwt', kid: key.kid, ...header };
  for (const name of unset) delete protectedHeader[name];
  return new SignJWT(payload).setProtectedHeader(protectedHeader).sign(key.privateKey);
}

/** An issuer that is there until the last test of the file has run, the options that trust it, and headers with a token of it. */
export async function issuerOfFile() {
  const issuer = await startIssuer();
  after(() => issuer.close());
  const bearer = async (claims) => ({ authorization: `Bearer ${await issuer.token({ claims })}` });
  return { issuer, options: { issuer: issuer.issuer, audience: AUDIENCE }, bearer };
}

export async function startIssuer({ path = '', slash = '' } = {}) {
  const key = await keyPair();
  const state = { keys: [key.jwk], requests: [], answer: undefined, metadata: {} };
  const server = createServer((req, res) => {
    state.requests.push(req.url);
    if (state.answer !== undefined) return state.answer(req, res);
    res.setHeader('content-type', 'application/json');
    if (req.url === `${path}/.well-known/openid-configuration`) {
      const jwks_uri = `${server.origin}/jwks`;
      return res.end(JSON.stringify({ issuer: state.issuer, jwks_uri, ...state.metadata }));
    }
    if (req.url === '/jwks') return res.end(JSON.stringify({ keys: state.keys }));
    res.statusCode = 404;
    return res.end('{}');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  server.origin = `http://127.0.0.1:${server.address().port}`;
  state.issuer = `${server.origin}${path}${slash}`;
  return {
    key,
    state,
    url: `${server.origin}${path}`,
    origin: server.origin,
    get issuer() {
      return state.issuer;
    },
    jwksUri: `${server.origin}/jwks`,
    token: (options) => sign(key, state.issuer, options),
    onConnection: (seen) => server.on('connection', seen),
    unref: () => server.unref(),
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(resolve);
      }),
  };
}
