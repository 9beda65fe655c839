// The code of the README for each framework, as a newcomer would paste it into a file and start it.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { describe, it } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { WebSocket } from 'ws';
import { startIssuer } from '../issuer.mjs';

const folder = path.dirname(fileURLToPath(import.meta.url));
const readme = readFileSync(path.join(folder, '../../README.md'), 'utf8');

/** Each protects `/me`, and asks for a scope at `/messages`. */
for (const heading of ['Fastify', 'Koa', 'hapi', 'Hono']) {
  describe(`the README about ${heading}`, () => {
    it('has code that protects an API', async () => {
      const issuer = await startIssuer();
      const port = await freePort();
      // Modules are found from within this folder.
      const project = mkdtempSync(path.join(folder, 'readme-'));
      const code = codeBelow(heading).replace('https://YOUR_ISSUER', issuer.url).replace('3000', String(port));
      writeFileSync(path.join(project, 'app.mjs'), code);
      const app = spawn(process.execPath, ['app.mjs'], { cwd: project, stdio: ['ignore', 'ignore', 'inherit'] });
      try {
        await listening(port);
        const ask = async (url, claims) => {
          const audience = { aud: 'https://my-api.example.com' };
          const token = claims && (await issuer.token({ claims: { ...audience, ...claims } }));
          const headers = token ? { authorization: `Bearer ${token}` } : {};
          return fetch(`http://127.0.0.1:${port}${url}`, { headers });
        };
        const none = await ask('/me');
        assert.equal(none.status, 401);
        assert.match(none.headers.get('www-authenticate'), /^Bearer realm="api"/);
        assert.equal((await (await ask('/me', {})).json()).sub, 'alice');
        assert.equal((await ask('/messages', {})).status, 403);
        assert.equal((await ask('/messages', { scope: 'read:messages' })).status, 200);
      } finally {
        app.kill();
        await once(app, 'exit');
        rmSync(project, { recursive: true, force: true });
        await issuer.close();
      }
    });
  });
}

describe('the README about WebSockets', () => {
  it('has code that protects requests and handshakes', async () => {
    const issuer = await startIssuer();
    const port = await freePort();
    const project = mkdtempSync(path.join(folder, 'readme-'));
    const heading = 'WebSockets, Socket.IO and node:http';
    const code = codeBelow(heading).replace('https://YOUR_ISSUER', issuer.url).replace('3000', String(port));
    writeFileSync(path.join(project, 'app.cjs'), code);
    const app = spawn(process.execPath, ['app.cjs'], { cwd: project, stdio: ['ignore', 'ignore', 'inherit'] });
    try {
      await listening(port);
      const token = await issuer.token({ claims: { aud: 'https://my-api.example.com' } });
      const url = `http://127.0.0.1:${port}/`;
      assert.equal((await fetch(url)).status, 401);
      const headers = { authorization: `Bearer ${token}` };
      assert.equal(await (await fetch(url, { headers })).text(), 'hello, alice');
      const webSocket = new WebSocket(url.replace('http', 'ws'), ['bearer', token]);
      const [text] = await once(webSocket, 'message');
      assert.equal(String(text), 'hello, alice');
      webSocket.terminate();
      const refused = new WebSocket(url.replace('http', 'ws'), ['bearer', 'garbage']);
      const [error] = await once(refused, 'error');
      assert.match(error.message, /401/);
    } finally {
      app.kill();
      await once(app, 'exit');
      rmSync(project, { recursive: true, force: true });
      await issuer.close();
    }
  });
});

describe('the README about Request and Response', () => {
  it('has code that protects a route handler, and code that does so by hand', async () => {
    const issuer = await startIssuer();
    const project = mkdtempSync(path.join(folder, 'readme-'));
    try {
      const [handler, byHand] = piecesBelow('Next.js, Bun, h3: `Request` and `Response`');
      const code = `${handler}\nexport async function byHand(request) {\n${byHand}\n}\n`;
      writeFileSync(path.join(project, 'route.mjs'), code.replace('https://YOUR_ISSUER', issuer.url));
      const route = await import(pathToFileURL(path.join(project, 'route.mjs')).href);
      const context = { params: Promise.resolve({ id: '7' }) };
      const ask = async (handle, claims) => {
        const audience = { aud: 'https://my-api.example.com' };
        const token = claims && (await issuer.token({ claims: { ...audience, ...claims } }));
        const headers = token ? { authorization: `Bearer ${token}` } : {};
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
    } finally {
      rmSync(project, { recursive: true, force: true });
      await issuer.close();
    }
  });
});

describe('the README without a framework', () => {
  it('has code that protects a server of node:http', async () => {
    const issuer = await startIssuer();
    const port = await freePort();
    const project = mkdtempSync(path.join(folder, 'readme-'));
    const code = codeBelow('Without Express').replace('https://YOUR_ISSUER', issuer.url).replace('3000', String(port));
    writeFileSync(path.join(project, 'app.cjs'), code);
    const app = spawn(process.execPath, ['app.cjs'], { cwd: project, stdio: ['ignore', 'ignore', 'inherit'] });
    try {
      await listening(port);
      const ask = async (claims) => {
        const token = await issuer.token({ claims: { aud: 'https://my-api.example.com', ...claims } });
        return fetch(`http://127.0.0.1:${port}/`, { headers: { authorization: `Bearer ${token}` } });
      };
      assert.equal((await fetch(`http://127.0.0.1:${port}/`)).status, 401);
      assert.equal((await ask({})).status, 403);
      assert.equal(await (await ask({ scope: 'read:messages' })).text(), 'hello, alice');
    } finally {
      app.kill();
      await once(app, 'exit');
      rmSync(project, { recursive: true, force: true });
      await issuer.close();
    }
  });
});

function codeBelow(heading) {
  return piecesBelow(heading)[0];
}

/** The pieces of code of a section. */
function piecesBelow(heading) {
  const section = readme.split(`\n## ${heading}\n`)[1]?.split('\n## ')[0];
  assert.ok(section, `README.md has a section ${heading}`);
  return [...section.matchAll(/```js\n([\s\S]*?)```/g)].map(([, code]) => code);
}

async function freePort() {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

async function listening(port) {
  for (let attempt = 0; attempt < 200; attempt += 1) {
    try {
      await fetch(`http://127.0.0.1:${port}/`);
      return;
    } catch {
      await pause(50);
    }
  }
  throw new Error('the example does not listen');
}
