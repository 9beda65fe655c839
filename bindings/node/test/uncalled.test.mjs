// `app.use('/api', auth)` in place of `app.use('/api', auth({ … }))`: a function that makes a middleware, mounted as one. It lets
// no request in, and says what to write.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { describe, it } from 'node:test';
import * as root from 'bearward';
import * as express from 'bearward/express';
import { bearward as fastifyPlugin } from 'bearward/fastify';
import * as fetchApi from 'bearward/fetch';
import * as hono from 'bearward/hono';
import * as koa from 'bearward/koa';
import * as mcp from 'bearward/mcp';
import * as nest from 'bearward/nest';
import * as node from 'bearward/node';
import expressFramework from 'express';
import { Hono } from 'hono';
import { ENTRIES, MAKERS } from './entries.mjs';

/** Frameworks themselves call what these export. */
const BY_FRAMEWORK = ['fastify', 'hapi', 'nest'];

const NAMED = { issuer: 'https://issuer.example', audience: 'https://api.example.com' };

/** What does not make a middleware: classes, what a requirement is made of, and what takes a text or an entry. */
const OTHERS = new Set([
  ...Object.keys(root).filter((name) => !['protect'].includes(name)),
  ...['refusalResponse', 'authInfo', 'getSimpleJwksService', 'jwksService', 'keyService', 'KeyStore', 'InMemoryCache'],
  ...['BearwardModule', 'BearwardGuard', 'ProtectedGateway', 'ProtectedResolver'],
]);

const isFactory = (module) => (name) => typeof module[name] === 'function' && !OTHERS.has(name) && !/Error$/.test(name);

const factoriesOf = (module, prefix) =>
  Object.keys(module)
    .filter(isFactory(module))
    .map((name) => [`${prefix} ${name}`, name, module[name]]);

/** What each framework hands over: the arguments of a middleware. */
async function requests() {
  const shapes = {
    fetch: [new Request('https://api.example.com/x', { headers: { authorization: 'Bearer a' } })],
    fastify: [{ raw: {}, headers: {}, method: 'GET' }, { raw: {} }, () => {}],
    koa: [{ req: {}, res: {}, request: {}, state: {}, app: {} }, async () => {}],
    nest: [{ switchToHttp: () => ({}), getClass: () => Object, getHandler: () => () => {} }],
    'socket.io': [{ handshake: { auth: {} }, data: {} }, () => {}],
  };
  const server = createServer((req, res) => {
    shapes['node:http'] = [req, res];
    res.end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  await fetch(`http://127.0.0.1:${server.address().port}`);
  server.close();
  const app = new Hono().get('/x', (c) => {
    shapes.hono = [c, async () => {}];
    return c.text('');
  });
  await app.request('/x');
  const { body } = await mounted((req, res, next) => {
    shapes.express = [req, res, next];
    next();
  });
  assert.equal(body, 'reached');
  assert.equal(Object.keys(shapes).length, 8);
  return shapes;
}

/** What a request gets where this is in front of the handler. */
async function mounted(middleware) {
  const app = expressFramework();
  app.use('/api', middleware);
  app.get('/api', (_req, res) => res.end('reached'));
  app.use((error, _req, res, _next) => res.status(500).end(error.message));
  const server = app.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const response = await fetch(`http://127.0.0.1:${server.address().port}/api`);
  const found = { status: response.status, body: await response.text() };
  server.closeAllConnections();
  server.close();
  return found;
}

describe('a function that makes a middleware', () => {
  const FACTORIES = [
    ...Object.entries(ENTRIES).flatMap(([name, module]) =>
      BY_FRAMEWORK.includes(name) ? [] : factoriesOf(module, name),
    ),
    ...Object.entries(MAKERS).map(([what, make]) => [`${what}.require`, 'require', make(NAMED).require]),
    ['koa auth().requireScopes', 'requireScopes', koa.auth(NAMED).requireScopes],
    ['fetch protect().handler', 'handler', fetchApi.protect(NAMED).handler],
    ['node protect().handler', 'handler', node.protect(NAMED).handler],
    ['node protect().upgrade', 'upgrade', node.protect(NAMED).upgrade],
    [
      'mcp protect().requireAuth',
      'requireAuth',
      mcp.protect({ issuer: NAMED.issuer, resource: 'https://api.example.com/mcp' }).requireAuth,
    ],
    ['nest forRoot', 'BearwardModule.forRoot', nest.BearwardModule.forRoot],
  ];

  it('is in this table, whichever it is', () => {
    const names = FACTORIES.map(([what]) => what);
    for (const what of [
      'bearward protect',
      'express auth',
      'express authorize',
      'express requiredScopes',
      'express claimCheck',
      'express errorHandler',
      'express health',
      'express protectedResourceMetadata',
      'express-oauth-jwt secure',
      'fetch protect',
      'hono auth',
      'koa auth',
      'mcp protect',
      'node protect',
    ]) {
      assert.ok(names.includes(what), what);
    }
  });

  it('says what to write where it is called with a request, of whichever framework', async () => {
    for (const [framework, given] of Object.entries(await requests())) {
      for (const [what, name, make] of FACTORIES) {
        assert.throws(
          () => make(...given),
          {
            name: 'TypeError',
            message: `${name}() was called with a request. It makes what handles requests, so call it at the start of the application, and use what it returns: write \`${name}(…)\`, and not \`${name}\``,
          },
          `${what}, ${framework}`,
        );
      }
    }
  });

  it('lets no request in where it is mounted as a middleware of Express', async () => {
    for (const [what, name, make] of FACTORIES) {
      const { status, body } = await mounted((req, res, next) => make(req, res, next));
      assert.equal(status, 500, what);
      assert.match(body, new RegExp(`write \`${name}\\(…\\)\`, and not`), what);
    }
  });

  it('says so as a hook of Fastify and as a handler of Hono', async () => {
    const app = new Hono();
    app.onError((error, c) => c.text(error.message, 500));
    app.use('/api', hono.auth);
    app.get('/api', (c) => c.text('reached'));
    const response = await app.request('/api');
    assert.equal(response.status, 500);
    assert.match(await response.text(), /write `auth\(…\)`, and not `auth`/);

    const { default: fastify } = await import('fastify');
    const server = fastify();
    await server.register(fastifyPlugin, NAMED);
    const wrong = { '/plugin': fastifyPlugin, '/factory': server.requireAuth };
    for (const [url, onRequest] of Object.entries(wrong)) server.get(url, { onRequest }, () => 'reached');
    for (const [url, message] of [
      [
        '/plugin',
        /the plugin was called with a request: register it, and write `\{ onRequest: app.requireAuth\(\) \}`/,
      ],
      ['/factory', /write `requireAuth\(…\)`, and not `requireAuth`/],
    ]) {
      const { statusCode, body } = await server.inject(url);
      assert.equal(statusCode, 500, url);
      assert.match(body, message);
    }
    await server.close();
  });

  it('says so as a decorator of NestJS without brackets', () => {
    class Controller {
      route() {}
    }
    const descriptor = Object.getOwnPropertyDescriptor(Controller.prototype, 'route');
    for (const name of ['Public', 'OptionalAuth', 'Token', 'Scopes', 'Requires']) {
      for (const given of [[Controller], [Controller.prototype, 'route', descriptor]]) {
        assert.throws(() => nest[name](...given), new RegExp(`write @${name}\\(.*\\), with brackets`));
      }
    }
  });
});

describe('options', () => {
  it('are not taken for a request where they look a little like one', () => {
    for (const make of [express.auth, koa.auth, hono.auth, root.protect, node.protect, fetchApi.protect]) {
      assert.throws(() => make({ ...NAMED, headers: {} }), /has no option 'headers'/);
      assert.throws(() => make({ ...NAMED, method: 'GET' }), /has no option 'method'/);
      make(NAMED);
    }
  });
});
