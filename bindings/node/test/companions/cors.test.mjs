// A page of another origin calls the API from a real browser, which asks for leave first and hides most headers.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { after, before, describe, it } from 'node:test';
import { startBrowser } from './browser.mjs';
import { corsApi } from './cors-api.mjs';
import { PUBLIC_KEY, token } from './token.mjs';

const servers = [];

async function serve(build) {
  let handler;
  const server = createServer((req, res) => handler(req, res)).listen(0, '127.0.0.1');
  servers.push(server);
  await once(server, 'listening');
  const origin = `http://127.0.0.1:${server.address().port}`;
  handler = build(origin);
  return origin;
}

/** RFC 7638. */
const thumbprint = ({ crv, kty, x, y }) =>
  createHash('sha256').update(JSON.stringify({ crv, kty, x, y })).digest('base64url');

describe('a page of another origin', () => {
  let browser;
  let page;
  const api = {};
  before(async () => {
    const origin = await serve(
      () => (_req, res) => res.setHeader('content-type', 'text/html').end('<title>page</title>'),
    );
    for (const mistake of ['none', 'inside', 'unexposed']) {
      api[mistake] = await serve((publicOrigin) => corsApi({ origin, publicOrigin, publicKey: PUBLIC_KEY, mistake }));
    }
    browser = await startBrowser();
    page = await browser.newPage();
    await page.goto(origin);
    await page.evaluate(prepare);
  });
  after(async () => {
    await browser?.close();
    for (const server of servers) {
      server.closeAllConnections();
      server.close();
    }
  });

  const ask = (url, options) => page.evaluate(([address, given]) => globalThis.ask(address, given), [url, options]);

  it('reads why it is refused, and the data with a token', async () => {
    const refused = await ask(`${api.none}/`, {});
    assert.equal(refused.status, 401);
    assert.match(refused.challenge, /^Bearer realm="api", DPoP /);
    const good = await ask(`${api.none}/`, { authorization: `Bearer ${token()}` });
    assert.deepEqual([good.status, good.body], [200, '{"subject":"alice"}']);
  });

  it('gets a nonce for its proofs, and the data with it', async () => {
    const jwk = await page.evaluate(() => globalThis.publicKey());
    const bound = token({ cnf: { jkt: thumbprint(jwk) } });
    const first = await ask(`${api.none}/`, { authorization: `DPoP ${bound}`, proveFor: bound });
    assert.equal(first.status, 401);
    assert.match(first.challenge, /DPoP error="use_dpop_nonce"/);
    assert.ok(first.nonce);
    const second = await ask(`${api.none}/`, { authorization: `DPoP ${bound}`, proveFor: bound, nonce: first.nonce });
    assert.deepEqual([second.status, second.body], [200, '{"subject":"alice"}']);
  });

  it('reads neither challenge nor nonce where CORS does not expose them', async () => {
    const jwk = await page.evaluate(() => globalThis.publicKey());
    const bound = token({ cnf: { jkt: thumbprint(jwk) } });
    const refused = await ask(`${api.unexposed}/`, { authorization: `DPoP ${bound}`, proveFor: bound });
    assert.deepEqual([refused.status, refused.challenge, refused.nonce], [401, null, null]);
  });

  it('gets nothing at all where cors() is behind auth(): the browser asks for leave without a token', async () => {
    const refused = await ask(`${api.inside}/`, { authorization: `Bearer ${token()}` });
    assert.deepEqual(refused, { error: 'TypeError' });
  });
});

/** Runs in the page: a client with a DPoP key that it cannot give away. */
async function prepare() {
  const encode = (bytes) =>
    btoa(String.fromCharCode(...new Uint8Array(bytes)))
      .replace(/\+/g, '-')
      .replace(/\//g, '_')
      .replace(/=/g, '');
  const part = (value) => encode(new TextEncoder().encode(JSON.stringify(value)));
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256' };
  const keys = await crypto.subtle.generateKey(algorithm, false, ['sign']);
  const { kty, crv, x, y } = await crypto.subtle.exportKey('jwk', keys.publicKey);

  async function proof(url, accessToken, nonce) {
    const ath = encode(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(accessToken)));
    const claims = {
      jti: crypto.randomUUID(),
      htm: 'GET',
      htu: url,
      iat: Math.floor(Date.now() / 1000),
      ath,
      ...(nonce && { nonce }),
    };
    const text = `${part({ alg: 'ES256', typ: 'dpop+jwt', jwk: { kty, crv, x, y } })}.${part(claims)}`;
    const signature = await crypto.subtle.sign(
      { name: 'ECDSA', hash: 'SHA-256' },
      keys.privateKey,
      new TextEncoder().encode(text),
    );
    return `${text}.${encode(signature)}`;
  }

  globalThis.publicKey = () => ({ kty, crv, x, y });
  globalThis.ask = async (url, { authorization, proveFor, nonce }) => {
    const headers = {
      ...(authorization && { authorization }),
      ...(proveFor && { dpop: await proof(url, proveFor, nonce) }),
    };
    try {
      const answer = await fetch(url, { headers });
      return {
        status: answer.status,
        challenge: answer.headers.get('www-authenticate'),
        nonce: answer.headers.get('dpop-nonce'),
        body: await answer.text(),
      };
    } catch (error) {
      return { error: error.name };
    }
  };
}
