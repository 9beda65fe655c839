// `bearward/fetch` in frameworks that have no adapter, as its documentation has it: h3, and servers of the form `{ fetch }`.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, describe, it } from 'node:test';
import { createAdaptorServer } from '@hono/node-server';
import { organization, protect, scopes } from 'bearward/fetch';
import * as h3 from 'h3';
import * as h3v1 from 'h3-1';
import { AUDIENCE, startIssuer } from '../issuer.mjs';

let issuer;
let api;
before(async () => {
  issuer = await startIssuer();
  api = protect({ issuer: issuer.issuer, audience: AUDIENCE });
});
after(() => issuer.close());

const ask = (path, token) =>
  new Request(`https://api.example.com${path}`, { headers: token && { authorization: `Bearer ${token}` } });

/** Each answers `/me` with the subject, and `/organizations/:org` to members. */
const FRAMEWORKS = {
  'h3 2, with a middleware': () => {
    const app = new h3.H3();
    app.use('/me', async (event) => {
      const result = await api(event.req, event.context);
      if (result instanceof Response) return result;
      event.context.auth = result.token;
    });
    app.get('/me', (event) => event.context.auth.payload.sub);
    app.get('/organizations/:org', async (event) => {
      const result = await api.require(organization({ fromPath: 'org' }))(event.req, event.context);
      return result instanceof Response ? result : result.token.payload.sub;
    });
    return (request) => app.fetch(request);
  },
  'h3 2, with handlers': () => {
    const app = new h3.H3();
    const handlers = [
      ['/me', api.handler((_request, token) => new Response(token.payload.sub))],
      [
        '/organizations/:org',
        api.require(organization({ fromPath: 'org' })).handler((_request, token) => new Response(token.payload.sub)),
      ],
    ];
    for (const [path, handler] of handlers) app.get(path, (event) => handler(event.req, event.context));
    return (request) => app.fetch(request);
  },
  'h3 1': () => {
    const app = h3v1.createApp();
    const router = h3v1.createRouter();
    const checked = (protection) =>
      h3v1.defineEventHandler(async (event) => {
        const result = await protection(h3v1.toWebRequest(event), event.context);
        return result instanceof Response ? result : result.token.payload.sub;
      });
    router.get('/me', checked(api));
    router.get('/organizations/:org', checked(api.require(organization({ fromPath: 'org' }))));
    app.use(router);
    return h3v1.toWebHandler(app);
  },
};

for (const [name, start] of Object.entries(FRAMEWORKS)) {
  describe(name, () => {
    it('answers a good token, and refuses every other with the challenge', async () => {
      const fetch = start();
      const good = await fetch(ask('/me', await issuer.token()));
      assert.deepEqual([good.status, await good.text()], [200, 'alice']);
      const none = await fetch(ask('/me'));
      assert.equal(none.status, 401);
      assert.match(none.headers.get('www-authenticate'), /^Bearer realm="api"/);
      const bad = await fetch(ask('/me', 'garbage'));
      assert.match(bad.headers.get('www-authenticate'), /error="invalid_token"/);
      assert.equal((await bad.json()).error, 'invalid_token');
    });

    it('tells the parameters of the path', async () => {
      const fetch = start();
      const token = await issuer.token({ claims: { organization_id: 'acme' } });
      assert.equal((await fetch(ask('/organizations/acme', token))).status, 200);
      assert.equal((await fetch(ask('/organizations/other', token))).status, 403);
    });
  });
}

describe('a server of the form { fetch }', () => {
  it('serves the handler of a protected function', async () => {
    // `export default` of a Bun server.
    const exported = {
      fetch: api.require(scopes('a')).handler((request, token) => Response.json([request.method, token.payload.sub])),
    };
    const server = createAdaptorServer(exported).listen(0, '127.0.0.1');
    await once(server, 'listening');
    try {
      const url = `http://127.0.0.1:${server.address().port}/`;
      const send = (token) => fetch(url, { headers: { authorization: `Bearer ${token}` } });
      assert.equal((await fetch(url)).status, 401);
      assert.equal((await send(await issuer.token())).status, 403);
      const good = await send(await issuer.token({ claims: { scope: 'a' } }));
      assert.deepEqual(await good.json(), ['GET', 'alice']);
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });
});
