// The code of the README for each framework, as a newcomer would paste it into a file and start it.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import path from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { WebSocket } from 'ws';
import { bearing, inProject, piecesBelow, started } from '../readme.mjs';

const folder = path.dirname(fileURLToPath(import.meta.url));

/** Each protects `/me`, and asks for a scope at `/messages`. */
for (const heading of ['Fastify', 'Koa', 'hapi', 'Hono']) {
  describe(`the README about ${heading}`, () => {
    it('has code that protects an API', () =>
      started({ folder, heading, name: 'app.mjs' }, async ({ issuer, base }) => {
        const ask = async (url, claims) => fetch(`${base}${url}`, { headers: await bearing(issuer, claims) });
        const none = await ask('/me');
        assert.equal(none.status, 401);
        assert.match(none.headers.get('www-authenticate'), /^Bearer realm="api"/);
        assert.equal((await (await ask('/me', {})).json()).sub, 'alice');
        assert.equal((await ask('/messages', {})).status, 403);
        assert.equal((await ask('/messages', { scope: 'read:messages' })).status, 200);
      }));
  });
}

describe('the README about WebSockets', () => {
  it('has code that protects requests and handshakes', () =>
    started({ folder, heading: 'WebSockets, Socket.IO and node:http', name: 'app.cjs' }, async ({ issuer, base }) => {
      assert.equal((await fetch(base)).status, 401);
      const headers = await bearing(issuer, {});
      assert.equal(await (await fetch(base, { headers })).text(), 'hello, alice');
      const url = base.replace('http', 'ws');
      const webSocket = new WebSocket(url, ['bearer', headers.authorization.replace('Bearer ', '')]);
      const [text] = await once(webSocket, 'message');
      assert.equal(String(text), 'hello, alice');
      webSocket.terminate();
      const refused = new WebSocket(url, ['bearer', 'garbage']);
      const [error] = await once(refused, 'error');
      assert.match(error.message, /401/);
    }));
});

describe('the README about Request and Response', () => {
  it('has code that protects a route handler, and code that does so by hand', () =>
    inProject(folder, async ({ issuer, paste }) => {
      const [handler, byHand] = piecesBelow('Next.js, Bun, h3: `Request` and `Response`');
      const file = paste('route.mjs', `${handler}\nexport async function byHand(request) {\n${byHand}\n}\n`);
      const route = await import(pathToFileURL(file).href);
      const context = { params: Promise.resolve({ id: '7' }) };
      const ask = async (handle, claims) => {
        const headers = await bearing(issuer, claims);
        return handle(new Request('https://my-api.example.com/api/messages/7', { headers }), context);
      };
      const none = await ask(route.GET);
      assert.equal(none.status, 401);
      assert.match(none.headers.get('www-authenticate'), /^Bearer realm="api", scope="read:messages"/);
      assert.equal((await ask(route.GET, {})).status, 403);
      const good = await ask(route.GET, { scope: 'read:messages' });
      assert.deepEqual(await good.json(), { id: '7', subject: 'alice' });

      assert.equal((await ask(route.byHand)).status, 401);
      assert.equal((await ask(route.byHand, { aud: 'https://another.example.com' })).status, 401);
      assert.deepEqual(await (await ask(route.byHand, {})).json(), { subject: 'alice' });
    }));
});

describe('the README without a framework', () => {
  it('has code that protects a server of node:http', () =>
    started({ folder, heading: 'Without Express', name: 'app.cjs' }, async ({ issuer, base }) => {
      const ask = async (claims) => fetch(base, { headers: await bearing(issuer, claims) });
      assert.equal((await ask()).status, 401);
      assert.equal((await ask({})).status, 403);
      assert.equal(await (await ask({ scope: 'read:messages' })).text(), 'hello, alice');
    }));
});
