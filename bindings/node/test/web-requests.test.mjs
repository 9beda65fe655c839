// `bearward/fetch`: what becomes of a Web `Request`, and that a mistake around it lets no request in.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { after, before, describe, it } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { organization, protect, Refusal, refusalResponse, scopes } from 'bearward/fetch';
import { dpopClient, proofOf } from './client.mjs';
import { withCalendarMoved } from './clock.mjs';
import { AUDIENCE, startIssuer } from './issuer.mjs';

const URL_OF_API = 'https://api.example.com/messages?page=2';

let issuer;
let options;
let api;
before(async () => {
  issuer = await startIssuer();
  options = { issuer: issuer.issuer, audience: AUDIENCE };
  api = protect(options);
  await api.ready();
});
after(() => issuer.close());

const request = (token, { headers, url = URL_OF_API, ...init } = {}) =>
  new Request(url, { ...init, headers: { ...(token && { authorization: `Bearer ${token}` }), ...headers } });

describe('a call with a Request', () => {
  it('gives the token of a request that may pass', async () => {
    const result = await api(request(await issuer.token({ claims: { scope: 'a b' } })));
    assert.ok(!(result instanceof Response));
    assert.equal(result.token.payload.sub, 'alice');
    assert.deepEqual(result.token.scopes, ['a', 'b']);
    assert.deepEqual(result.headers, {});
  });

  it('gives the whole answer to every other', async () => {
    const none = await api(request());
    assert.ok(none instanceof Response);
    assert.equal(none.status, 401);
    assert.match(none.headers.get('www-authenticate'), /^Bearer realm="api"/);
    const bad = await api(request('garbage'));
    assert.equal(bad.status, 401);
    assert.match(bad.headers.get('www-authenticate'), /error="invalid_token"/);
    assert.equal(bad.headers.get('content-type'), 'application/json');
    assert.equal(bad.headers.get('cache-control'), 'no-store');
    assert.equal((await bad.json()).error, 'invalid_token');
  });

  it('gives 403 with the scopes of the route, and what was required before is required still', async () => {
    const both = api.require(scopes('a')).require(scopes('b'));
    const token = await issuer.token({ claims: { scope: 'a' } });
    const refused = await both(request(token));
    assert.equal(refused.status, 403);
    assert.match(refused.headers.get('www-authenticate'), /error="insufficient_scope".*scope="a b"/);
    const passed = await both(request(await issuer.token({ claims: { scope: 'a b' } })));
    assert.equal(passed.token.payload.sub, 'alice');
  });

  it('gives 503 where keys cannot be had', async () => {
    const lost = protect({ issuer: 'http://127.0.0.1:9', audience: AUDIENCE, timeoutDuration: 500 });
    const { status, headers } = await lost(request(await issuer.token({ claims: { iss: 'http://127.0.0.1:9' } })));
    assert.equal(status, 503);
    assert.ok(Number(headers.get('retry-after')) >= 1);
  });

  it('gives no token to a request without one where authentication is optional', async () => {
    const optional = protect({ ...options, authRequired: false });
    assert.equal((await optional(request())).token, undefined);
    assert.equal((await optional(request('garbage'))).status, 401);
  });

  it('does not read the body, nor a token in it', async () => {
    const form = { method: 'POST', body: new URLSearchParams({ access_token: await issuer.token(), text: 'hello' }) };
    const refused = request(undefined, form);
    assert.equal((await api(refused)).status, 401);
    const good = request(await issuer.token(), { method: 'POST', body: new URLSearchParams({ text: 'hello' }) });
    assert.equal((await api(good)).token.payload.sub, 'alice');
    assert.equal(good.bodyUsed, false);
    assert.equal((await good.formData()).get('text'), 'hello');
    assert.equal(refused.bodyUsed, false);
  });

  it('shows a function of the application the headers as Node.js has them', async () => {
    let seen;
    const resolved = protect({
      audience: AUDIENCE,
      mcd: {
        issuers: ({ url, headers }) => {
          seen = {
            url: url.href,
            host: headers.host,
            all: { ...headers },
            has: 'x-tenant' in headers,
            none: headers.get,
          };
          return [issuer.issuer];
        },
      },
    });
    const token = await issuer.token();
    assert.ok('token' in (await resolved(request(token, { headers: { 'X-Tenant': 'a' } }))));
    const all = { authorization: `Bearer ${token}`, host: 'api.example.com', 'x-tenant': 'a' };
    assert.deepEqual(seen, { url: URL_OF_API, host: 'api.example.com', all, has: true, none: undefined });
  });

  it('refuses two tokens in one header, and one in the query beside it', async () => {
    const token = await issuer.token();
    const headers = new Headers([
      ['authorization', `Bearer ${token}`],
      ['authorization', `Bearer ${token}`],
    ]);
    const twice = await api(new Request(URL_OF_API, { headers }));
    assert.equal(twice.status, 400);
    const both = await api(request(token, { url: `https://api.example.com/?access_token=${token}` }));
    assert.equal(both.status, 400);
    const query = await api(request(undefined, { url: `https://api.example.com/?access_token=${token}` }));
    assert.equal(query.status, 401);
  });
});

describe('a DPoP proof', () => {
  const url = 'https://api.example.com/messages';

  async function bound() {
    const client = await dpopClient();
    const token = await issuer.token({ claims: { cnf: { jkt: client.jkt } } });
    const made = async (about, claims) =>
      new Request(url, {
        headers: { authorization: `DPoP ${token}`, dpop: await proofOf(client, { url: about, token }, { claims }) },
      });
    return made;
  }

  it('is held against the URL of the Request, and passes once', async () => {
    const made = await bound();
    const claims = { jti: 'once' };
    assert.equal((await api(await made(url, claims))).token.payload.sub, 'alice');
    assert.equal((await api(await made(url, claims))).status, 401);
    assert.equal((await api(await made('https://other.example/messages'))).status, 401);
    assert.equal((await api(await made('http://api.example.com/messages'))).status, 401);
  });

  it('passes at every check of one Request', async () => {
    const one = await (await bound())(url);
    assert.ok('token' in (await api(one)));
    assert.ok('token' in (await api.require({ not: { scope: 'a' } })(one)));
  });

  it('names the public origin where one is set, whatever the Request says', async () => {
    const open = protect({ ...options, publicOrigin: 'https://public.example' });
    const made = await bound();
    assert.ok('token' in (await open(await made('https://public.example/messages'))));
    assert.equal((await open(await made(url))).status, 401);
  });

  it('names what a proxy says only where the proxy is trusted', async () => {
    const proxyHeaders = { host: 'x-forwarded-host', proto: 'x-forwarded-proto' };
    const made = await bound();
    const forwarded = async () => {
      const { headers } = await made('https://outside.example/messages');
      headers.set('x-forwarded-host', 'outside.example');
      headers.set('x-forwarded-proto', 'https');
      return new Request('http://127.0.0.1:3000/messages', { headers });
    };
    assert.ok('token' in (await protect({ ...options, proxyHeaders, trustProxy: true })(await forwarded())));
    for (const trustProxy of [false, () => false, () => 'yes', async () => true]) {
      assert.equal((await protect({ ...options, proxyHeaders, trustProxy })(await forwarded())).status, 401);
    }
  });

  it('brings the next nonce on the response of a handler', async () => {
    const secret = 'a secret of at least thirty-two bytes';
    const asking = protect({ ...options, dpop: { nonces: { secret } } });
    const made = await bound();
    const first = await asking(await made(url));
    assert.equal(first.status, 401);
    const nonce = first.headers.get('dpop-nonce');
    assert.match(first.headers.get('www-authenticate'), /^DPoP .*error="use_dpop_nonce"/);
    const answer = async () => asking.handler(() => new Response('hello'))(await made(url, { nonce }));
    assert.equal((await answer()).headers.get('dpop-nonce'), null);
    await withCalendarMoved(200_000, async () => {
      const ageing = await answer();
      assert.equal(ageing.status, 200);
      assert.ok(![null, nonce].includes(ageing.headers.get('dpop-nonce')));
    });
  });
});

describe('handler()', () => {
  it('calls the function for a good token alone, with all that the framework gives', async () => {
    let called = 0;
    const get = api.handler(async (request, token, context) => {
      called += 1;
      const { id } = await context.params;
      return Response.json({ sub: token.payload.sub, id, url: request.url });
    });
    const context = { params: Promise.resolve({ id: '7' }) };
    const refused = await get(request('garbage'), context);
    assert.deepEqual([refused.status, called], [401, 0]);
    const passed = await get(request(await issuer.token()), context);
    assert.deepEqual(await passed.json(), { sub: 'alice', id: '7', url: URL_OF_API });
  });

  it('keeps shared caches from what a token outside of Authorization opened', async () => {
    const cookies = protect({ ...options, tokenPlace: { cookie: '__Host-token' } });
    const token = await issuer.token();
    const ask = (response) =>
      cookies.handler(() => response)(request(undefined, { headers: { cookie: `__Host-token=${token}` } }));
    assert.equal((await ask(new Response('a'))).headers.get('cache-control'), 'private');
    const own = new Response('a', { headers: { 'cache-control': 'no-store' } });
    assert.equal((await ask(own)).headers.get('cache-control'), 'no-store');
    // Its headers cannot be changed.
    const redirect = await ask(Response.redirect('https://api.example.com/other', 303));
    assert.deepEqual(
      [redirect.status, redirect.headers.get('location'), redirect.headers.get('cache-control')],
      [303, 'https://api.example.com/other', 'private'],
    );
  });

  it('leaves to the framework what the function throws', async () => {
    const broken = api.handler(() => {
      throw new Error('broken');
    });
    await assert.rejects(broken(request(await issuer.token())), /^Error: broken$/);
    assert.equal((await broken(request())).status, 401);
  });

  it('serves as the fetch of a server', async () => {
    const server = { fetch: api.require(scopes('a')).handler((_request, { payload }) => new Response(payload.sub)) };
    assert.equal((await server.fetch(request(await issuer.token()))).status, 403);
    assert.equal(await (await server.fetch(request(await issuer.token({ claims: { scope: 'a' } })))).text(), 'alice');
  });
});

describe('check()', () => {
  it('throws a refusal, of which a response is made', async () => {
    const { token } = await api.check(request(await issuer.token()));
    assert.equal(token.payload.sub, 'alice');
    const refusal = await api.check(request()).catch((error) => error);
    assert.ok(refusal instanceof Refusal);
    const response = refusalResponse(refusal);
    assert.equal(response.status, 401);
    assert.equal(response.headers.get('www-authenticate'), refusal.headers['WWW-Authenticate']);
  });

  it('warns, and ends no process, where nothing waits for a refusal', async () => {
    api.check(request());
    await turn();
    await turn();
  });
});

describe('a mistake around bearward/fetch', () => {
  it('lets nobody in: what is no Request', async () => {
    const token = await issuer.token();
    const headers = { authorization: `Bearer ${token}` };
    for (const wrong of [
      undefined,
      null,
      'https://api.example.com/',
      { method: 'GET', url: '/', headers },
      { method: 'GET', url: '/', headers: new Headers(headers) },
      new Headers(headers),
    ]) {
      assert.throws(() => api(wrong), TypeError);
      assert.throws(() => api.check(wrong), TypeError);
      await assert.rejects(api.handler(() => new Response('in'))(wrong), TypeError);
    }
  });

  it('lets nobody in: a function or a requirement that is missing', () => {
    for (const wrong of [undefined, null, 'GET', new Response('in')]) {
      assert.throws(() => api.handler(wrong), TypeError);
    }
    assert.throws(() => api.require(undefined), TypeError);
    assert.throws(() => api.require({ scopes: ['a'] }), /unknown|requirement/);
  });

  it('lets nobody in: a promise that is not awaited has no token', async () => {
    const pending = api(request());
    assert.equal(pending.token, undefined);
    assert.throws(() => pending.token.payload, TypeError);
    assert.throws(() => new Response('').token.payload, TypeError);
    await pending;
  });

  it('lets nobody in: options that cannot work', () => {
    assert.throws(() => protect({ issuer: options.issuer }), /audience/);
    assert.throws(() => protect({ ...options, audiance: 'a' }), /did you mean 'audience'/);
    assert.throws(() => protect({ ...options, trustProxy: 'yes' }), /'trustProxy' must be/);
    assert.throws(() => protect({ ...options, proxyHeaders: { host: 'x-forwarded-host' } }), /need 'trustProxy'/);
    assert.throws(() => protect({ ...options, clientCertificateHeader: { kind: 'client-cert' } }), /need 'trustProxy'/);
    const inherited = Object.assign(Object.create({ dangerous: { queryTokens: true } }), options);
    assert.throws(() => protect(inherited), /prototype|inherit/);
    assert.throws(() => protect(request()), /was called with a request/);
  });

  it('lets nobody in: a requirement about a path that nothing tells, or tells otherwise', async () => {
    const ofOrganization = api.require(organization({ fromPath: 'org' }));
    const token = await issuer.token({ claims: { organization_id: 'a' } });
    for (const context of [undefined, null, {}, { params: undefined }, { params: { organization: 'a' } }]) {
      assert.equal((await ofOrganization(request(token), context)).status, 500);
    }
    assert.throws(() => ofOrganization(request(token), 'a'), TypeError);
    const get = ofOrganization.handler(() => new Response('in'));
    assert.equal((await get(request(token))).status, 500);
    assert.equal((await get(request(token), { params: Promise.resolve({ org: 'b' }) })).status, 403);
    assert.equal((await get(request(token), { params: Promise.resolve({ org: 'a' }) })).status, 200);
    assert.ok('token' in (await ofOrganization(request(token), { params: { org: 'a' } })));
    await assert.rejects(ofOrganization(request(token), { params: Promise.reject(new Error('broken')) }), /broken/);
  });
});

describe('a runtime without native addons', () => {
  for (const condition of ['workerd', 'edge-light']) {
    for (const load of ["import('bearward/fetch')", "import('bearward/hono')"]) {
      it(`is told so: ${condition}, ${load}`, () => {
        const { status, stderr } = spawnSync(process.execPath, ['--conditions', condition, '-e', load], {
          cwd: fileURLToPath(new URL('..', import.meta.url)),
          encoding: 'utf8',
        });
        assert.notEqual(status, 0);
        assert.match(stderr, /bearward needs Node\.js: its core is a native addon[\s\S]*runtime = 'nodejs'/);
      });
    }
  }
});
