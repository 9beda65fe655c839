// Tokens elsewhere than in `Authorization`: one place is believed, the one that is set, and what browsers add to the
// requests of other pages lets nothing in.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import http from 'node:http';
import { after, before, describe, it } from 'node:test';
import { auth, protectedResourceMetadata, requiredScopes } from 'bearward/express';
import { EXPRESS, serve } from './app.mjs';
import { dpopClient, proofOf } from './client.mjs';
import { AUDIENCE, startIssuer } from './issuer.mjs';

const HEADER = 'cf-access-jwt-assertion';
const COOKIE = '__Host-token';
const APP = 'https://app.example.com';
const FORM = { 'content-type': 'application/x-www-form-urlencoded' };

let issuer;
let options;
let valid;
let expired;
before(async () => {
  issuer = await startIssuer();
  options = { issuerBaseURL: issuer.url, audience: AUDIENCE };
  valid = await issuer.token({ claims: { sub: 'alice', scope: 'a' } });
  expired = await issuer.token({ claims: { exp: 1 } });
});
after(() => issuer.close());

const CASES = JSON.parse(readFileSync(new URL('../../../tests/conformance/places.json', import.meta.url)));

const answer = (req, res) => res.json({ sub: req.auth?.payload.sub ?? null, token: req.auth?.token ?? null });
/** As adapters to functions in a cloud do. */
const emptied = (req, _res, next) => {
  Object.defineProperty(req, 'rawHeaders', { value: [] });
  next();
};

for (const [name, express] of EXPRESS) {
  describe(`tokens in another place, ${name}`, () => {
    let api;
    const ask = async (path, request) => {
      const { status, json } = await api.send(path, request);
      return [status, json?.sub ?? json?.reason ?? json?.message];
    };

    before(async () => {
      api = await serve((app) => {
        app.use(express.json(), express.urlencoded({ extended: true }));
        const header = { ...options, tokenPlace: { header: 'CF-Access-Jwt-Assertion' } };
        app.use('/header', auth(header), answer);
        app.use('/header-emptied', emptied, auth(header), answer);
        app.use('/header-scope', auth(header), requiredScopes('admin'), answer);
        app.use('/header-optional', auth({ ...header, authRequired: false }), answer);
        app.use('/beside', auth({ ...options, tokenPlace: { header: HEADER, besideAuthorization: true } }), answer);
        app.use('/written', auth({ ...options, tokenPlace: { header: HEADER, writtenByClients: true } }), answer);
        app.use('/trusting', auth({ ...options, tokenPlace: { header: HEADER, trustedOrigins: [APP] } }), answer);
        app.use(
          '/tenants',
          auth({ audience: AUDIENCE, mcd: { issuers: async () => [issuer.issuer] }, tokenPlace: { header: HEADER } }),
          answer,
        );
        const cookie = { ...options, tokenPlace: { cookie: COOKIE, trustedOrigins: [APP] } };
        app.use('/cookie', auth(cookie), answer);
        app.use('/cookie-emptied', emptied, auth(cookie), answer);
        app.use(
          '/public',
          auth({ ...options, publicOrigin: 'https://api.example.com', tokenPlace: { cookie: COOKIE } }),
          answer,
        );
        app.use(
          '/no-store',
          (_req, res, next) => next(res.set('Cache-Control', 'no-store') && undefined),
          auth(cookie),
          answer,
        );
        app.use('/handler', auth(cookie), (_req, res) => res.set('Cache-Control', 'public, max-age=60').end());
        app.use('/query', auth({ ...options, dangerous: { queryTokens: true } }), answer);
        app.use('/plain', auth(options), answer);
      }, express);
    });
    after(() => api.close());

    it('are read as the conformance table says', async () => {
      const table = await serve((app) => {
        for (const [at, { place }] of CASES.entries()) {
          app.use(`/${at}`, auth({ ...options, publicOrigin: 'https://api.example.com', tokenPlace: place }), answer);
        }
      }, express);
      const filled = (text) => text.replaceAll('{token}', valid);
      for (const [at, { name: case_, method, query = '', headers, expect }] of CASES.entries()) {
        const lines = headers.map(([header, value]) => [header, filled(value)]);
        const { status, json, challenge } = await table.send(`/${at}?${filled(query)}`, { method, headers: lines });
        const code =
          status === 200 ? 'accepted' : (json.reason ?? (challenge === 'Bearer realm="api"' && 'credential_missing'));
        assert.equal(code, expect, case_);
        assert.equal(status, { accepted: 200, credential_missing: 401 }[code] ?? 400, case_);
      }
      await table.close();
    });

    it('come in the header that is set, by themselves', async () => {
      for (const path of ['/header', '/header-emptied', '/header-optional', '/tenants']) {
        const { status, json, headers } = await api.send(path, { headers: { [HEADER]: valid } });
        assert.deepEqual([status, json], [200, { sub: 'alice', token: valid }], path);
        assert.equal(headers['cache-control'], 'private', path);
      }
      assert.deepEqual(await ask('/header', { headers: { [HEADER]: expired } }), [401, 'token_expired']);
      assert.equal((await api.send('/header-scope', { headers: { [HEADER]: valid } })).status, 403);
      for (const value of ['', `Bearer ${valid}`, `${valid}, ${valid}`, `"${valid}"`]) {
        assert.deepEqual(await ask('/header', { headers: { [HEADER]: value } }), [400, 'credential_malformed'], value);
      }
    });

    it('in a header that is sent twice are refused', async () => {
      const headers = [
        [HEADER, valid],
        ['CF-Access-JWT-Assertion', valid],
      ];
      assert.deepEqual(await ask('/header', { headers }), [400, 'credential_repeated']);
      assert.equal((await ask('/header-emptied', { headers }))[0], 400);
    });

    it('in Authorization, query or form let nothing in', async () => {
      for (const path of ['/header', '/header-emptied', '/beside', '/cookie', '/tenants']) {
        for (const [to, request] of [
          [path, { token: valid }],
          [`${path}?x=%20`, { token: valid }],
          [`${path}?access_token=${valid}`, {}],
          [path, { method: 'POST', headers: FORM, body: `access_token=${valid}` }],
        ]) {
          const { status, challenge } = await api.send(to, request);
          assert.deepEqual([status, challenge], [401, 'Bearer realm="api"'], to);
        }
      }
      assert.deepEqual((await api.send('/header-optional', { token: valid })).json, { sub: null, token: null });
      assert.equal(
        (await api.send('/plain', { headers: { [HEADER]: valid, Cookie: `${COOKIE}=${valid}` } })).status,
        401,
      );
    });

    it('in two places at once are refused', async () => {
      const headers = { [HEADER]: valid };
      for (const authorization of [`Bearer ${valid}`, 'Bearer', `DPoP ${valid}`]) {
        const both = { headers: { ...headers, Authorization: authorization } };
        assert.deepEqual(await ask('/header', both), [400, 'several_credentials'], authorization);
        assert.deepEqual(await ask('/beside', both), [200, 'alice'], authorization);
      }
      assert.deepEqual(await ask('/header', { headers: { ...headers, Authorization: 'Basic YTpi' } }), [200, 'alice']);
      for (const path of ['/header', '/beside']) {
        assert.deepEqual(await ask(`${path}?access_token=x`, { headers }), [400, 'several_credentials']);
        const form = { method: 'POST', headers: { ...headers, ...FORM }, body: 'access_token=x' };
        assert.deepEqual(await ask(path, form), [400, 'several_credentials']);
      }
      const cookie = { token: valid, headers: { Cookie: `${COOKIE}=${valid}` } };
      assert.deepEqual(await ask('/cookie', cookie), [400, 'several_credentials']);
    });

    it('that a proxy adds are refused to pages of another origin', async () => {
      const sent = { method: 'POST', headers: { [HEADER]: valid } };
      assert.deepEqual(await ask('/header', sent), [200, 'alice'], 'no browser marks it');
      for (const marks of [
        { 'Sec-Fetch-Site': 'cross-site' },
        { 'Sec-Fetch-Site': 'same-site', Origin: 'https://evil.example' },
        { Origin: 'null' },
      ]) {
        const forged = { ...sent, headers: { ...sent.headers, ...marks } };
        for (const path of ['/header', '/header-emptied', '/trusting'])
          assert.deepEqual(await ask(path, forged), [400, 'cross_origin'], path);
        assert.deepEqual(await ask('/written', forged), [200, 'alice']);
      }
      const trusted = { ...sent, headers: { ...sent.headers, 'Sec-Fetch-Site': 'cross-site', Origin: APP } };
      assert.deepEqual(await ask('/trusting', trusted), [200, 'alice']);
      assert.deepEqual(await ask('/header', trusted), [400, 'cross_origin']);
    });

    it('come in the cookie that is set, from pages that may send it', async () => {
      const cookie = { Cookie: `a=1; ${COOKIE}=${valid}; b=2` };
      const own = `http://127.0.0.1:${api.port}`;
      for (const path of ['/cookie', '/cookie-emptied']) {
        for (const marks of [
          { 'Sec-Fetch-Site': 'same-origin' },
          { Origin: own },
          { 'Sec-Fetch-Site': 'same-site', Origin: APP },
        ]) {
          const { status, json, headers } = await api.send(path, { method: 'POST', headers: { ...cookie, ...marks } });
          assert.deepEqual(
            [status, json, headers['cache-control']],
            [200, { sub: 'alice', token: valid }, 'private'],
            JSON.stringify(marks),
          );
        }
        assert.deepEqual(await ask(path, { headers: cookie }), [200, 'alice']);
        for (const marks of [
          {},
          { 'Sec-Fetch-Site': 'cross-site' },
          { Origin: 'https://evil.example' },
          { Origin: 'null' },
          { Origin: `https://127.0.0.1:${api.port}` },
        ]) {
          assert.deepEqual(
            await ask(path, { method: 'POST', headers: { ...cookie, ...marks } }),
            [400, 'cross_origin'],
            JSON.stringify(marks),
          );
        }
        assert.deepEqual(await ask(path, { headers: { ...cookie, 'Sec-Fetch-Site': 'cross-site' } }), [
          400,
          'cross_origin',
        ]);
        const twice = [
          ['Cookie', `${COOKIE}=${valid}`],
          ['Cookie', `${COOKIE}=${valid}`],
        ];
        assert.deepEqual(await ask(path, { headers: twice }), [400, 'credential_repeated']);
        assert.equal((await api.send(path, { headers: { Cookie: `${COOKIE.toLowerCase()}=${valid}` } })).status, 401);
        assert.deepEqual(await ask(path, { headers: { Cookie: `${COOKIE}=` } }), [400, 'credential_malformed']);
      }
    });

    it('in a cookie go by the public origin where that is set', async () => {
      const post = (origin) =>
        ask('/public', { method: 'POST', headers: { Cookie: `${COOKIE}=${valid}`, Origin: origin } });
      assert.deepEqual(await post('https://api.example.com'), [200, 'alice']);
      assert.deepEqual(await post(`http://127.0.0.1:${api.port}`), [400, 'cross_origin']);
      assert.deepEqual(await post(APP), [400, 'cross_origin']);
    });

    it('keep responses out of shared caches, unless somebody says more of caches', async () => {
      const headers = { Cookie: `${COOKIE}=${valid}` };
      assert.equal((await api.send('/no-store', { headers })).headers['cache-control'], 'no-store');
      assert.equal((await api.send('/handler', { headers })).headers['cache-control'], 'public, max-age=60');
      const query = await api.send(`/query?access_token=${valid}`);
      assert.deepEqual([query.status, query.headers['cache-control']], [200, 'private']);
      assert.equal((await api.send('/query?x=%20', { token: valid })).headers['cache-control'], undefined);
      assert.equal((await api.send('/plain', { token: valid })).headers['cache-control'], undefined);
    });

    it('are refused where they are bound to a key', async () => {
      const client = await dpopClient();
      const bound = await issuer.token({ claims: { cnf: { jkt: client.jkt } } });
      const DPoP = await proofOf(client, { url: `http://127.0.0.1:${api.port}/header`, token: bound });
      assert.deepEqual(await ask('/header', { headers: { [HEADER]: bound, DPoP } }), [401, 'proof_required']);
    });
  });
}

describe('a WebSocket that offers its token as a subprotocol', () => {
  let server;
  before(async () => {
    const check = auth({ ...options, tokenPlace: { subprotocol: 'bearer' } });
    server = http.createServer((_req, res) => res.writeHead(404).end());
    server.on('upgrade', async (req, socket) => {
      try {
        await check(req, new http.ServerResponse(req));
        const head = [
          '101 Switching Protocols',
          'Connection: Upgrade',
          'Upgrade: websocket',
          'Sec-WebSocket-Protocol: bearer',
          `X-Sub: ${req.auth.payload.sub}`,
        ];
        socket.end(`HTTP/1.1 ${head.join('\r\n')}\r\n\r\n`);
      } catch (error) {
        socket.end(`HTTP/1.1 ${error.status} No\r\nConnection: close\r\nX-Reason: ${error.reason}\r\n\r\n`);
      }
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  after(() => server.close());

  async function open(protocols, headers = {}) {
    const sent = {
      Connection: 'Upgrade',
      Upgrade: 'websocket',
      'Sec-WebSocket-Version': '13',
      'Sec-WebSocket-Key': 'AAAAAAAAAAAAAAAAAAAAAA==',
      ...headers,
    };
    if (protocols !== undefined) sent['Sec-WebSocket-Protocol'] = protocols;
    const request = http.request({ host: '127.0.0.1', port: server.address().port, headers: sent, agent: false });
    request.end();
    const [response, socket] = await Promise.race([once(request, 'upgrade'), once(request, 'response')]);
    (socket ?? response).resume?.();
    return { status: response.statusCode, headers: response.headers };
  }

  it('is opened for the subject of the token', async () => {
    for (const protocols of [`bearer, ${valid}`, `chat, bearer,${valid}`, ['bearer', valid]]) {
      const { status, headers } = await open(protocols, { Origin: 'https://anywhere.example' });
      assert.deepEqual([status, headers['x-sub'], headers['sec-websocket-protocol']], [101, 'alice', 'bearer']);
    }
  });

  it('is not opened without one, with a bad one or with two', async () => {
    const reason = async (protocols, headers) => {
      const answered = await open(protocols, headers);
      return [answered.status, answered.headers['x-reason']];
    };
    assert.equal((await reason(undefined))[0], 401);
    assert.equal((await reason(`chat, ${valid}`))[0], 401);
    assert.equal((await reason(undefined, { Authorization: `Bearer ${valid}` }))[0], 401);
    assert.deepEqual(await reason(`bearer, ${expired}`), [401, 'token_expired']);
    assert.deepEqual(await reason('bearer'), [400, 'credential_malformed']);
    assert.deepEqual(await reason(`bearer, ${valid}, bearer, ${valid}`), [400, 'credential_repeated']);
    assert.deepEqual(await reason(`bearer, ${valid}`, { Authorization: `Bearer ${valid}` }), [
      400,
      'several_credentials',
    ]);
  });
});

describe('tokenPlace', () => {
  const refused = (tokenPlace, message, more = {}) =>
    assert.throws(() => auth({ ...options, tokenPlace, ...more }), { message }, JSON.stringify(tokenPlace));

  it('is refused where it cannot work, and says why', () => {
    refused(null, "'tokenPlace' must not be null: leave it out instead");
    refused('cookie', "'tokenPlace' must be an object");
    refused({}, "'tokenPlace' needs exactly one of header, cookie, subprotocol");
    refused({ header: HEADER, cookie: COOKIE }, "'tokenPlace' needs exactly one of header, cookie, subprotocol");
    refused({ header: '' }, "'tokenPlace.header' must be a name");
    refused({ cookie: undefined }, "'tokenPlace.cookie' must be a name");
    refused(
      { cookie: COOKIE, trustedOrigin: [] },
      "'tokenPlace' has no option 'trustedOrigin'; did you mean 'trustedOrigins'?",
    );
    refused(
      { cookie: COOKIE, writtenByClients: true },
      "'tokenPlace' has no option 'writtenByClients'; there are cookie, trustedOrigins",
    );
    assert.throws(() => auth({ ...options, tokenHeader: HEADER }), {
      message: "auth() has no option 'tokenHeader'; did you mean 'tokenPlace'?",
    });
    refused({ header: HEADER, writtenByClients: 'no' }, "'tokenPlace.writtenByClients' must be a boolean");
    refused({ cookie: COOKIE, trustedOrigins: APP }, "'tokenPlace.trustedOrigins' must be a list of origins");
    refused(
      { cookie: COOKIE, trustedOrigins: [`${APP}/path`] },
      'tokenPlace: a trusted origin is written like https://app.example.com',
    );
    for (const header of ['Authorization', 'cookie', 'host', 'connection', 'te', 'dpop', 'a b'])
      refused({ header }, /^tokenPlace: this /);
    for (const kind of ['cookie', 'subprotocol']) refused({ [kind]: 'a b' }, /^tokenPlace: this is not the name of a /);
    refused({ cookie: COOKIE }, /^tokenPlace: DPoP is required/, { dpop: { required: true } });
    refused({ cookie: COOKIE }, /^tokenPlace: tokens in the query/, { dangerous: { queryTokens: true } });
  });

  it('is not promised to clients as a header', async () => {
    const api = auth({
      ...options,
      tokenPlace: { cookie: COOKIE },
      resource: { identifier: 'https://api.example.com' },
    });
    const served = await serve((app) => app.use(protectedResourceMetadata(api)));
    const { json } = await served.send('/.well-known/oauth-protected-resource');
    await served.close();
    assert.deepEqual(Object.keys(json), ['authorization_servers', 'resource']);
  });
});
