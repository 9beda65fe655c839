// Waiting for keys, headers of one's own for them, and what is told of keys that cannot be used.

import assert from 'node:assert/strict';
import diagnostics from 'node:diagnostics_channel';
import { describe, it } from 'node:test';
import { inspect } from 'node:util';
import { auth, NotReadyError } from 'bearward/express';
import { AUDIENCE } from './issuer.mjs';
import { issuer, served } from './opened.mjs';

const MARK = 'hush';
async function ask(handler, token) {
  const api = await served((app) => app.use(handler, (_req, res) => res.json({})));
  return api.send('/', { token });
}

/** What the channel of fetches is told meanwhile. */
async function told(during) {
  const messages = [];
  const listen = (message) => messages.push(message);
  diagnostics.subscribe('bearward:fetch', listen);
  try {
    await during();
  } finally {
    diagnostics.unsubscribe('bearward:fetch', listen);
  }
  return messages;
}

describe('ready()', () => {
  it('brings the keys, so that no request waits for them', async () => {
    const one = await issuer();
    for (const options of [
      { issuerBaseURL: one.url },
      { issuer: one.issuer },
      { issuer: one.issuer, jwksUri: one.jwksUri },
      { issuerBaseURL: one.url, validators: { iss: false } },
      { mcd: { issuers: [one.url] } },
    ]) {
      const api = auth({ audience: AUDIENCE, ...options });
      const token = await one.token();
      await Promise.all([api.ready(), api.ready()]);
      const before = one.state.requests.length;
      assert.equal((await ask(api, token)).status, 200);
      await api.ready();
      assert.equal(one.state.requests.length, before, inspect(options));
    }
  });

  it('names each issuer whose keys are missing, with the cause, and those that are ready', async () => {
    const [down, good, empty] = [await issuer(), await issuer(), await issuer()];
    down.state.answer = (_req, res) => res.writeHead(500).end();
    empty.state.keys = [
      { kty: 'RSA', use: 'enc', kid: 'e', n: 'AQAB', e: 'AQAB' },
      { kty: 'EC', crv: 'P-256', kid: 'broken' },
    ];
    const api = auth({
      audience: AUDIENCE,
      mcd: { issuers: [down.url, good.url, { issuer: empty.issuer, jwksUri: empty.jwksUri }] },
    });
    const error = await api.ready().then(
      () => assert.fail('it is not ready'),
      (error) => error,
    );
    assert.ok(error instanceof NotReadyError);
    assert.deepEqual(error.ready, [good.issuer]);
    const missing = Object.fromEntries(
      error.missing.map(({ issuer, error }) => [issuer.replace(/\/$/, ''), error.message]),
    );
    assert.deepEqual(Object.keys(missing).sort(), [down.url, empty.issuer].sort());
    assert.match(missing[down.url], /answered 500/);
    assert.match(
      missing[empty.issuer],
      /no key of the key set can be used: key 0 \("e"\): the key is not for verifying signatures; key 1 \("broken"\): member "x" is absent/,
    );
    assert.ok(error.message.includes(missing[down.url]) && error.message.includes(missing[empty.issuer]));
    assert.equal((await ask(api, await good.token())).status, 200);
  });
});

describe('a key set of which no key can be used', () => {
  it('is told on the channel, key by key', async () => {
    const one = await issuer();
    one.state.keys = [{ kty: 'oct', kid: 'a', k: 'AQAB' }];
    const messages = await told(async () => {
      const { status } = await ask(
        auth({ issuer: one.issuer, jwksUri: one.jwksUri, audience: AUDIENCE }),
        await one.token(),
      );
      assert.ok([401, 503].includes(status));
    });
    const { error, keys, skipped } = messages.find(({ error }) => error !== undefined);
    assert.match(
      error.message,
      /no key of the key set can be used: key 0 \("a"\): the key holds private or symmetric members$/,
    );
    assert.deepEqual([keys, skipped], [0, ['key 0 ("a"): the key holds private or symmetric members']]);
  });
});

describe('a key set of which no key can be used, at a request', () => {
  it('is the cause of the error, key by key', async () => {
    const one = await issuer();
    one.state.keys = [{ kty: 'oct', kid: 'a', k: 'AQAB' }];
    const errors = [];
    const api = await served((app) => {
      app.use(auth({ issuer: one.issuer, jwksUri: one.jwksUri, audience: AUDIENCE }));
      app.use((error, _req, res, _next) => {
        errors.push(error);
        res.status(error.status).end();
      });
    });
    const { status } = await api.send('/', { token: await one.token() });
    assert.equal(status, 503);
    assert.match(
      inspect(errors[0].cause),
      /no key of the key set can be used: key 0 \("a"\): the key holds private or symmetric members/,
    );
    assert.ok(!errors[0].message.includes('key 0'), 'clients are not told');
  });
});

describe('headers of one\u2019s own for key requests', () => {
  /** An issuer that gives its documents to those with the header alone. */
  async function guarded() {
    const one = await issuer();
    const seen = [];
    one.state.answer = (req, res) => {
      seen.push([req.url, req.headers.authorization, req.headers.accept]);
      if (req.headers.authorization !== `Bearer ${MARK}`) return res.writeHead(401).end();
      const body =
        req.url === '/jwks'
          ? { keys: one.state.keys }
          : { issuer: one.issuer, jwks_uri: one.jwksUri, ...one.state.metadata };
      return res.setHeader('content-type', 'application/json').end(JSON.stringify(body));
    };
    return { one, seen };
  }

  it('go with the requests for metadata and keys, also where a function gives them', async () => {
    const headers = { Authorization: `Bearer ${MARK}`, Accept: 'text/plain' };
    for (const keyRequestHeaders of [headers, () => headers, async () => headers]) {
      for (const place of [
        (one) => ({ issuerBaseURL: one.url }),
        (one) => ({ issuer: one.issuer }),
        (one) => ({ issuer: one.issuer, jwksUri: one.jwksUri }),
      ]) {
        const { one, seen } = await guarded();
        assert.equal(
          (await ask(auth({ ...place(one), audience: AUDIENCE, keyRequestHeaders }), await one.token())).status,
          200,
        );
        assert.ok(
          seen.every(([, authorization, accept]) => authorization === `Bearer ${MARK}` && accept.includes('json')),
        );
      }
    }
  });

  it('go to no other host that the metadata name', async () => {
    const { one } = await guarded();
    const other = await guarded();
    one.state.metadata = { jwks_uri: other.one.jwksUri };
    const api = auth({
      issuer: one.issuer,
      audience: AUDIENCE,
      keyRequestHeaders: { authorization: `Bearer ${MARK}` },
    });
    assert.equal((await ask(api, await one.token())).status, 503);
    assert.deepEqual(
      other.seen.map(([url, authorization]) => [url, authorization]),
      [['/jwks', undefined]],
    );
  });

  it('are in no error, and a function that fails lets nobody in', async () => {
    const one = await issuer();
    const failing = [
      () => {
        throw new Error(MARK);
      },
      async () => {
        throw Object.assign(new Error(MARK), { code: 'EACCES' });
      },
      () => ({ authorization: `${MARK}\n` }),
      () => undefined,
      () => ({ authorization: [MARK] }),
    ];
    for (const keyRequestHeaders of failing) {
      const api = auth({ issuer: one.issuer, audience: AUDIENCE, keyRequestHeaders });
      const error = await api.ready().then(
        () => assert.fail('it is not ready'),
        (error) => error,
      );
      assert.match(error.message, /keyRequestHeaders failed/);
      assert.ok(!inspect(error, { depth: 9, showHidden: true }).includes(MARK));
    }
    assert.deepEqual(one.state.requests, []);
    const wrong =
      (keyRequestHeaders, own = { issuer: one.issuer }) =>
      () =>
        auth({ ...own, audience: AUDIENCE, keyRequestHeaders });
    assert.throws(wrong({ 'a b': MARK }), { message: '\'keyRequestHeaders\' has a header that cannot be sent: "a b"' });
    for (const value of [`${MARK}\r\nx: y`, 7, [MARK]]) {
      assert.throws(wrong({ authorization: value }), {
        message: '\'keyRequestHeaders\' has a header that cannot be sent: "authorization"',
      });
    }
    assert.throws(wrong('x'), /must be an object of headers, or a function/);
    assert.throws(wrong(null), /must not be null/);
    assert.throws(wrong({}, { mcd: { issuers: [one.url] } }), /must not provide both 'mcd' and 'keyRequestHeaders'/);
  });
});
