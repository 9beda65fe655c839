// `bearward/mcp` in front of servers of the MCP SDK, both versions: its clients find the authorization server, its tools see
// who calls, and its own middleware asks the verifier.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { after, before, describe, it } from 'node:test';
import * as client2 from '@modelcontextprotocol/client';
import {
  discoverOAuthProtectedResourceMetadata,
  extractWWWAuthenticateParams,
} from '@modelcontextprotocol/sdk/client/auth.js';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import * as errors from '@modelcontextprotocol/sdk/server/auth/errors.js';
import { requireBearerAuth } from '@modelcontextprotocol/sdk/server/auth/middleware/bearerAuth.js';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import * as server2 from '@modelcontextprotocol/server';
import { bearward } from 'bearward/fastify';
import { authInfo, protect, Refusal, scopes } from 'bearward/mcp';
import express from 'express';
import Fastify from 'fastify';
import { PUBLIC_KEY, token } from './token.mjs';

const ISSUER = 'https://issuer.example';
const exp = Math.floor(Date.now() / 1000) + 600;

let server;
let url;
let mcp;
let app;
before(async () => {
  server = createServer((req, res) => app(req, res)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = new URL(`http://127.0.0.1:${server.address().port}/mcp`);
  mcp = protect({ issuer: ISSUER, publicKey: PUBLIC_KEY, resource: { identifier: url.href, scopes: ['tools'] } });
  app = express();
  app.use(mcp.metadata);
  app.post('/mcp', mcp.requireAuth({ scopes: ['tools'] }), express.json(), (req, res) => serve(req, res));
  const verifier = mcp.verifier(errors);
  app.post('/theirs', requireBearerAuth({ verifier, expectedResource: url }), express.json(), (req, res) =>
    serve(req, res),
  );
  app.all('/plain', mcp.requireAuth(), (req, res) => res.json(req.auth));
});
after(() => {
  server.closeAllConnections();
  server.close();
});

/** One server for each request, as the SDK has it for servers without sessions. */
async function serve(req, res, body = req.body) {
  const tools = new McpServer({ name: 'whoami', version: '1.0.0' });
  tools.registerTool('whoami', { description: 'Says who calls' }, async (extra) => {
    const { token: _secret, ...info } = extra.authInfo;
    return { content: [{ type: 'text', text: JSON.stringify(info) }] };
  });
  const transport = new StreamableHTTPServerTransport({});
  res.on('close', () => transport.close());
  await tools.connect(transport);
  await transport.handleRequest(req, res, body);
}

async function whoami(
  path,
  authorization,
  { Client: TheClient, StreamableHTTPClientTransport: Transport } = { Client, StreamableHTTPClientTransport },
) {
  const client = new TheClient({ name: 'test', version: '1.0.0' });
  const headers = authorization ? { Authorization: authorization } : {};
  await client.connect(new Transport(new URL(path, url), { requestInit: { headers } }));
  try {
    const { content } = await client.callTool({ name: 'whoami' });
    return JSON.parse(content[0].text);
  } finally {
    await client.close();
  }
}

const good = (claims) => `Bearer ${token({ aud: url.href, client_id: 'app', scope: 'tools more', exp, ...claims })}`;
const ask = (path, authorization, init) =>
  fetch(new URL(path, url), { method: 'POST', headers: authorization ? { authorization } : {}, ...init });

describe('requireAuth() of bearward/mcp', () => {
  it('gives tools the AuthInfo of the SDK, for clients of both versions', async () => {
    for (const version of [undefined, client2]) {
      const { extra, ...info } = await whoami('/mcp', good(), version);
      assert.deepEqual(info, { clientId: 'app', scopes: ['tools', 'more'], expiresAt: exp, resource: url.href });
      assert.equal(extra.sub, 'alice');
    }
  });

  it('lets nobody else call them', async () => {
    for (const authorization of [
      undefined,
      good({ aud: 'https://other.example' }),
      good({ scope: 'more' }),
      good({ exp: 1 }),
      good({ iss: 'https://other.example' }),
    ]) {
      await assert.rejects(
        whoami('/mcp', authorization),
        (error) => [401, 403].includes(error.code) || error.name === 'UnauthorizedError',
      );
    }
  });

  it('tells a client without a token where to get one, in the words that the SDK reads', async () => {
    const none = await ask('/mcp');
    assert.equal(none.status, 401);
    const { resourceMetadataUrl, scope } = extractWWWAuthenticateParams(none);
    assert.equal(scope, 'tools');
    assert.equal(resourceMetadataUrl.href, new URL('/.well-known/oauth-protected-resource/mcp', url).href);
    const metadata = await discoverOAuthProtectedResourceMetadata(url, { resourceMetadataUrl });
    assert.deepEqual(
      [metadata.resource, metadata.authorization_servers, metadata.scopes_supported],
      [url.href, [ISSUER], ['tools']],
    );
  });

  it('asks for all scopes of the operation where one is missing', async () => {
    const poor = await ask('/mcp', good({ scope: 'more' }));
    assert.equal(poor.status, 403);
    const { scope, error, resourceMetadataUrl } = extractWWWAuthenticateParams(poor);
    assert.deepEqual([scope, error], ['tools', 'insufficient_scope']);
    assert.match(resourceMetadataUrl.pathname, /oauth-protected-resource\/mcp$/);
  });

  it('serves the metadata at their path and at the root, to pages of any origin', async () => {
    for (const path of ['/.well-known/oauth-protected-resource/mcp', '/.well-known/oauth-protected-resource']) {
      const answer = await fetch(new URL(path, url));
      assert.deepEqual([answer.status, answer.headers.get('access-control-allow-origin')], [200, '*']);
      assert.equal((await answer.json()).resource, url.href);
      assert.equal((await ask(path)).status, 405);
    }
    assert.equal((await fetch(new URL('/.well-known/oauth-protected-resource/other', url))).status, 404);
  });

  it('takes the names of the resource that servers write: host in lower case, with and without the last slash', async () => {
    const other = protect({ issuer: ISSUER, publicKey: PUBLIC_KEY, resource: 'https://Notes.Example.com/mcp' });
    const check = (aud) => other.check(requestWith(good({ aud })));
    for (const aud of [
      'https://Notes.Example.com/mcp',
      'https://notes.example.com/mcp',
      'https://notes.example.com/mcp/',
      ['https://elsewhere.example', 'https://notes.example.com/mcp'],
    ]) {
      assert.equal((await check(aud)).clientId, 'app');
    }
    for (const aud of [
      'https://notes.example.com',
      'https://notes.example.com/MCP',
      'https://notes.example.com/mcp/x',
      [],
    ]) {
      await assert.rejects(check(aud), Refusal);
    }
    const named = protect({ issuer: ISSUER, publicKey: PUBLIC_KEY, resource: url.href, audience: 'notes' });
    assert.equal((await named.check(requestWith(good({ aud: 'notes' })))).scopes[0], 'tools');
    await assert.rejects(named.check(requestWith(good())), Refusal);
  });
});

const requestWith = (authorization) => ({
  method: 'POST',
  url: '/mcp',
  headers: { authorization },
  rawHeaders: ['Authorization', authorization],
  socket: {},
});

describe('verifier()', () => {
  it('answers for the middleware of the SDK, which refuses what is not good', async () => {
    assert.equal((await whoami('/theirs', good())).clientId, 'app');
    for (const authorization of [good({ aud: 'https://other.example' }), 'Bearer garbage', good({ exp: 1 })]) {
      const answer = await ask('/theirs', authorization);
      assert.equal(answer.status, 401);
      assert.equal((await answer.json()).error, 'invalid_token');
    }
  });

  it('has 403 answered for a token that lacks what the server requires, by either version', async () => {
    const strict = protect({
      issuer: ISSUER,
      publicKey: PUBLIC_KEY,
      resource: url.href,
      requirement: scopes('tools'),
    });
    const poor = good({ scope: 'more' }).slice('Bearer '.length);
    const { InsufficientScopeError, ...older } = errors;
    await assert.rejects(strict.verifier(errors).verifyAccessToken(poor), InsufficientScopeError);
    await assert.rejects(strict.verifier(older).verifyAccessToken(poor), errors.InvalidTokenError);
    const gate = server2.requireBearerAuth({ verifier: strict.verifier(server2), expectedResource: url });
    const headers = { authorization: `Bearer ${poor}` };
    const answer = await gate(new Request(url, { method: 'POST', headers }));
    assert.equal(answer.status, 403);
    assert.match(answer.headers.get('www-authenticate'), /error="insufficient_scope"/);
    app.post('/strict', requireBearerAuth({ verifier: strict.verifier(errors), expectedResource: url }));
    const theirs = await ask('/strict', `Bearer ${poor}`);
    assert.equal(theirs.status, 403);
    assert.equal((await theirs.json()).error, 'insufficient_scope');
  });

  it('answers for that of version 2, which copies what it is given', async () => {
    const gate = server2.requireBearerAuth({
      verifier: mcp.verifier(server2),
      requiredScopes: ['tools'],
      expectedResource: url,
    });
    const request = (authorization) => new Request(url, { method: 'POST', headers: { authorization } });
    const info = await gate(request(good()));
    assert.deepEqual([info.clientId, info.scopes, info.expiresAt], ['app', ['tools', 'more'], exp]);
    for (const [authorization, status] of [
      [good({ aud: 'https://other.example' }), 401],
      [good({ scope: 'more' }), 403],
      ['Bearer garbage', 401],
    ]) {
      assert.equal((await gate(request(authorization))).status, status);
    }
  });

  it('rejects with 500 for the client, and the cause for the server, where keys cannot be had', async () => {
    const lost = protect({ issuer: 'http://127.0.0.1:9', resource: url.href, timeoutDuration: 500 });
    const bearer = good({ iss: 'http://127.0.0.1:9' }).slice('Bearer '.length);
    await assert.rejects(lost.verifier(errors).verifyAccessToken(bearer), (error) => {
      assert.ok(error instanceof errors.ServerError);
      assert.equal(error.cause.status, 503);
      return true;
    });
    await assert.rejects(lost.verifier(server2).verifyAccessToken(bearer), { code: 'server_error' });
  });

  it('rejects what is no token', async () => {
    for (const wrong of [undefined, null, '', 7, {}, 'a b', 'a, Bearer b']) {
      await assert.rejects(mcp.verifier(errors).verifyAccessToken(wrong), errors.InvalidTokenError);
    }
  });

  it('is not made without the errors of the SDK', () => {
    for (const wrong of [undefined, null, {}, 'errors', { InvalidTokenError: Error }, { OAuthError: 'no' }]) {
      assert.throws(() => mcp.verifier(wrong), /needs the errors of the MCP SDK/);
    }
  });
});

describe('a server of the SDK in Fastify', () => {
  it('gives tools the AuthInfo, and lets nobody else call them', async () => {
    const resource = 'https://notes.example.com/mcp';
    const app = Fastify();
    await app.register(bearward, {
      issuer: ISSUER,
      publicKey: PUBLIC_KEY,
      audience: resource,
      resource: { identifier: resource },
    });
    app.post('/mcp', { onRequest: app.requireAuth({ scopes: ['tools'] }) }, async (request, reply) => {
      reply.hijack();
      request.raw.auth = authInfo(request.auth);
      await serve(request.raw, reply.raw, request.body);
    });
    const base = await app.listen({ port: 0, host: '127.0.0.1' });
    try {
      const { extra, ...info } = await whoami(`${base}/mcp`, good({ aud: resource }));
      assert.deepEqual(info, { clientId: 'app', scopes: ['tools', 'more'], expiresAt: exp, resource });
      assert.equal(extra.sub, 'alice');
      const none = await ask(`${base}/mcp`);
      assert.equal(none.status, 401);
      const { resourceMetadataUrl, scope } = extractWWWAuthenticateParams(none);
      assert.deepEqual(
        [resourceMetadataUrl.href, scope],
        ['https://notes.example.com/.well-known/oauth-protected-resource/mcp', 'tools'],
      );
      assert.equal((await ask(`${base}/mcp`, good({ aud: resource, scope: 'more' }))).status, 403);
      await assert.rejects(whoami(`${base}/mcp`, good()));
    } finally {
      await app.close();
    }
  });
});

describe('a mistake around bearward/mcp', () => {
  it('lets nobody in: needs that are none', () => {
    for (const wrong of [undefined, null, {}, 'tools', { scopes: [] }, { scopes: undefined }, { scope: ['a'] }]) {
      assert.throws(() => mcp.requireAuth(wrong));
    }
  });

  it('lets nobody in: options that cannot work', () => {
    const options = { issuer: ISSUER, publicKey: PUBLIC_KEY };
    assert.throws(() => protect(), /'resource' must be/);
    assert.throws(() => protect(options), /'resource' must be/);
    assert.throws(() => protect({ ...options, resource: '' }), /'resource' must be/);
    assert.throws(() => protect({ ...options, resource: 'no URL' }));
    assert.throws(() => protect({ ...options, resource: url.href, authRequired: false }), /no option 'authRequired'/);
    assert.throws(() => protect({ ...options, resource: url.href, audiences: 'a' }), /did you mean 'audience'/);
    assert.throws(
      () => protect({ ...options, resource: url.href, proxyHeaders: { host: 'x-host' } }),
      /need 'trustProxy'/,
    );
  });

  it('lets nobody in: a caller that goes on after the call', async () => {
    const middleware = mcp.requireAuth();
    const calls = [
      async (req, res) => await middleware(req, res, () => {}),
      (req, res) => new Promise((resolve) => middleware(req, res, resolve)),
    ];
    for (const call of calls) {
      let wentOn = false;
      const own = createServer(async (req, res) => {
        await call(req, res);
        wentOn = true;
        if (!res.headersSent) res.end('in');
      }).listen(0, '127.0.0.1');
      await once(own, 'listening');
      const base = `http://127.0.0.1:${own.address().port}/`;
      const refused = await fetch(base);
      assert.deepEqual([refused.status, wentOn], [401, false]);
      assert.equal(await (await fetch(base, { headers: { authorization: good() } })).text(), 'in');
      own.closeAllConnections();
      own.close();
    }
    assert.throws(() => middleware(requestWith(good()), {}, () => {}), TypeError);
    assert.throws(() => middleware(requestWith(good()), { writeHead() {} }), TypeError);
  });

  it('lets nobody in: what an earlier middleware left as req.auth', async () => {
    const left = express();
    left.use((req, _res, next) => {
      req.auth = { clientId: 'somebody' };
      next();
    });
    left.use(mcp.requireAuth(), (_req, res) => res.send('in'));
    const own = left.listen(0, '127.0.0.1');
    await once(own, 'listening');
    assert.equal((await fetch(`http://127.0.0.1:${own.address().port}/`)).status, 401);
    own.closeAllConnections();
    own.close();
  });
});
