// Ways to use the adapters that let requests in, were they not refused: a hook that is never run, a middleware that nobody awaits,
// a guard without its module.

import 'reflect-metadata';
import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import * as core from 'bearward';
import * as express from 'bearward/express';
import { bearward, scopes } from 'bearward/fastify';
import * as fetchApi from 'bearward/fetch';
import { auth } from 'bearward/hono';
import * as mcp from 'bearward/mcp';
import { BearwardGuard, BearwardModule } from 'bearward/nest';
import * as node from 'bearward/node';
import Fastify from 'fastify';
import { Hono } from 'hono';
import { withCalendarMoved } from './clock.mjs';
import { issuerOfFile } from './issuer.mjs';

const { issuer, options } = await issuerOfFile();

const apps = [];
after(() => Promise.all(apps.map((app) => app.close())));

/** An application of Fastify with the plugin. */
async function fastify() {
  const app = Fastify({ forceCloseConnections: true });
  apps.push(app);
  await app.register(bearward, options);
  return app;
}

/** Gathers the warnings with this code while `run` runs. */
async function warnings(code, run) {
  const seen = [];
  const note = (warning) => warning.code === code && seen.push(warning.message);
  process.on('warning', note);
  try {
    await run();
    await new Promise((resolve) => setImmediate(resolve));
  } finally {
    process.off('warning', note);
  }
  return seen;
}

describe('requireAuth() of bearward/fastify', () => {
  it('throws at a request, where its hook would not be run', async () => {
    for (const [name, route] of [
      ['returned by an async hook', (app) => ({ onRequest: async () => app.requireAuth() })],
      ['awaited in a hook', (app) => ({ onRequest: async () => void (await app.requireAuth()) })],
      [
        'called in a hook',
        (app) => ({
          onRequest: (_request, _reply, done) => {
            app.requireAuth();
            done();
          },
        }),
      ],
      ['returned by a hook', (app) => ({ onRequest: (_request, _reply, _done) => app.requireAuth() })],
      ['made by a hook', (app) => ({ onRequest: (...given) => app.requireAuth()(...given) })],
      ['made in preHandler', (app) => ({ preHandler: async () => app.requireAuth({ scopes: ['read'] }) })],
    ]) {
      const app = await fastify();
      let reached = 0;
      app.get('/', route(app), () => {
        reached += 1;
        return 'in';
      });
      app.get('/handler', async () => {
        await app.requireAuth();
        reached += 1;
        return 'in';
      });
      await app.listen({ port: 0, host: '127.0.0.1' });
      for (const path of ['/', '/handler']) {
        const response = await fetch(`http://127.0.0.1:${app.server.address().port}${path}`);
        assert.equal(response.status, 500, name);
        assert.match((await response.json()).message, /was called when the application was ready/, name);
      }
      assert.equal(reached, 0, name);
    }
  });

  it('throws at the start, where its hook would come too late', async () => {
    const late = /lets every request reach the handler: write `\{ onRequest: app\.requireAuth\(\) \}`/;
    const NAMES = [
      'preParsing',
      'preSerialization',
      'onSend',
      'onResponse',
      'onError',
      'onTimeout',
      'onRequestAbort',
      'onListen',
      'onReady',
      'onClose',
      'preClose',
      'onRoute',
      'onRegister',
      'onrequest',
    ];
    for (const name of NAMES) {
      const app = await fastify();
      assert.throws(() => app.addHook(name, app.requireAuth()), late, name);
      await app.register(async (inner) => {
        assert.throws(() => inner.addHook(name, inner.requireAuth()), late, `${name} of an inner scope`);
      });
    }
    for (const name of [...NAMES, 'prehandler', 'preHandlers', 'hooks', 'auth', 'middlewares', 'handler']) {
      const app = await fastify();
      for (const value of [app.requireAuth(), [app.requireAuth()], [[app.requireAuth()]]]) {
        assert.throws(
          () => app.get('/', { [name]: value, handler: () => 'in', ...(name === 'handler' && { handler: value }) }),
          Error,
          name,
        );
      }
      assert.throws(() => app.get('/', { [name]: app.requireAuth() }, () => 'in'), Error, name);
    }
    const app = await fastify();
    for (const name of ['onRequest', 'preValidation', 'preHandler']) {
      app.addHook(name, app.requireAuth());
      app.get(`/${name}`, { [name]: [app.requireAuth()] }, () => 'in');
      assert.equal((await fastify()).addHook('onSend', async () => {}) !== undefined, true, 'other hooks are as ever');
    }
    assert.equal((await app.inject('/onRequest')).statusCode, 401);
  });

  it('warns where its scope has no route', async () => {
    const open = async (wrap) => {
      const app = Fastify();
      apps.push(app);
      const own = async (inner) => {
        await inner.register(bearward, options);
        inner.addHook('onRequest', inner.requireAuth());
      };
      await app.register(wrap(own));
      app.get('/', () => 'in');
      await app.ready();
      return (await app.inject('/')).statusCode;
    };
    // What fastify-plugin does.
    const shared = (plugin) => Object.assign(plugin, { [Symbol.for('skip-override')]: true });
    let status;
    let said = await warnings('BEARWARD_NO_ROUTE', async () => {
      status = await open((plugin) => plugin);
    });
    assert.equal(status, 200);
    assert.equal(said.length, 1);
    assert.match(said[0], /protects no route: .* must be wrapped in `fastify-plugin`/);
    said = await warnings('BEARWARD_NO_ROUTE', async () => {
      status = await open(shared);
    });
    assert.equal(status, 401);
    assert.deepEqual(said, []);
  });
});

describe('auth() of bearward/hono', () => {
  const WAYS = {
    'in a middleware': (api) => (app) =>
      app.use(async (c, next) => {
        api(c, next);
        await next();
      }),
    'in a middleware that is not async': (api) => (app) =>
      app.use((c, next) => {
        api(c, next);
        return next();
      }),
    'in a middleware that catches': (api) => (app) =>
      app.use((c, next) => {
        api(c, next).catch(() => {});
        return next();
      }),
    'behind other middlewares': (api) => (app) =>
      app
        .use(async (_c, next) => next())
        .use((_c, next) => next())
        .use(async (c, next) => {
          api(c, next);
          await next();
        }),
  };
  for (const [name, way] of Object.entries(WAYS)) {
    it(`lets no request in that it refuses, where nobody waits for it: ${name}`, async () => {
      const api = auth(options);
      await api.ready();
      const app = new Hono();
      let reached = 0;
      way(api)(app);
      app.get('/', (c) => {
        reached += 1;
        return c.text('in');
      });
      for (const init of [{}, { headers: { authorization: 'Bearer garbage' } }]) {
        const response = await app.request('/', init);
        assert.equal(response.status, 401);
        assert.match(response.headers.get('www-authenticate'), /^Bearer/);
      }
      assert.equal(reached, 0);
    });
  }

  it('is refused in a handler that does not wait for it', async () => {
    const api = auth(options);
    await api.ready();
    let reached = 0;
    const app = new Hono().get('/', (c) => {
      api(c, async () => {});
      reached += 1;
      return c.text('in');
    });
    const { status } = await app.request('/');
    assert.equal(status, 401);
    assert.equal(reached, 0);
  });

  it('is refused in order, and app.onError gets the exception as it was thrown', async () => {
    const api = auth(options);
    await api.ready();
    const errors = [];
    const app = new Hono()
      .onError((error, c) => {
        errors.push(error.cause.code);
        return c.text('mine', error.status);
      })
      .use(api.require(scopes('read')))
      .get('/', (c) => c.text('in'));
    const response = await app.request('/');
    assert.deepEqual([response.status, await response.text(), errors], [401, 'mine', ['credential_missing']]);
  });
});

describe('a guard of bearward/nest without its module', () => {
  it('throws in its constructor', () => {
    for (const given of [[], [undefined], [null], [{}], [options], [BearwardModule]]) {
      assert.throws(() => new BearwardGuard(...given), /new BearwardGuard\(\) protects nothing: import BearwardModule/);
    }
  });
});

describe('a decision that nobody waits for', () => {
  const DAY = 86_400;
  const MINUTE = 60_000;
  let moved = 0;
  /** Runs it a minute after the last one, in the eyes of what warns: it does so once a minute. */
  const aMinuteLater = (run) => {
    moved += 2 * MINUTE;
    return withCalendarMoved(moved, run);
  };
  const settled = async () => {
    for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  };
  const request = (authorization) => ({
    method: 'GET',
    url: '/',
    headers: authorization === undefined ? {} : { authorization },
    rawHeaders: authorization === undefined ? [] : ['Authorization', authorization],
    socket: {},
  });
  const webRequest = (authorization) =>
    new Request('https://api.example.com/', { headers: authorization === undefined ? {} : { authorization } });

  it('is told, and names the await that is missing; a request ends no process', async () => {
    const unhandled = [];
    const note = (reason) => unhandled.push(reason);
    process.on('unhandledRejection', note);
    const app = await fastify();
    const ways = {
      'check() of protect()': [core.protect(options), (api, token) => api.check(request(token))],
      'check() of Fastify': [app.protection, (api, token) => api.check(request(token))],
      'check() of node': [node.protect(options), (api, token) => api.check(request(token))],
      'watch() of node': [node.protect(options), (api, token) => api.watch(request(token), () => {})],
      'check() of fetch': [fetchApi.protect(options), (api, token) => api.check(webRequest(token))],
      'a call of fetch': [fetchApi.protect(options), (api, token) => api(webRequest(token))],
      'check() of mcp': [
        mcp.protect({ ...options, resource: 'https://api.example.com/mcp' }),
        (api, token) => api.check(request(token)),
      ],
      'auth() of Express without next': [express.auth(options), (api, token) => api(request(token), {})],
    };
    const good = `Bearer ${await issuer.token({ claims: { exp: Math.floor(Date.now() / 1000) + DAY } })}`;
    for (const [name, [api, call]] of Object.entries(ways)) {
      await api.ready();
      for (const token of [undefined, 'Bearer garbage', good]) {
        // A middleware that lets a request pass has done what it was called for.
        if (token === good && name.startsWith('auth()')) continue;
        // By itself a flood of them is told once.
        const said = await aMinuteLater(() =>
          warnings('BEARWARD_NOT_AWAITED', async () => {
            for (let round = 0; round < 3; round += 1) call(api, token);
            await settled();
          }),
        );
        assert.equal(said.length, 1, `${name}, ${token}`);
        assert.match(said[0], /write `await`/);
      }
      const said = await aMinuteLater(() =>
        warnings('BEARWARD_NOT_AWAITED', async () => {
          for (const token of [undefined, good]) await Promise.resolve(call(api, token)).catch(() => {});
          await settled();
        }),
      );
      assert.deepEqual(said, [], `${name}, awaited`);
    }
    process.off('unhandledRejection', note);
    assert.deepEqual(unhandled, []);
  });

  it('is told beside an error of the application, and each place that fails is', async () => {
    const api = core.protect(options);
    await api.ready();
    const good = request(`Bearer ${await issuer.token({ claims: { exp: Math.floor(Date.now() / 1000) + DAY } })}`);
    const middleware = express.auth(options);
    const first = () => {
      throw new Error('the first mistake');
    };
    const second = () => {
      throw new Error('the second mistake');
    };
    const ask = async () => {
      for (const next of [first, second, first, second]) middleware(good, {}, next);
      api.check(request());
      await settled();
    };
    for (let round = 0; round < 2; round += 1) {
      let notAwaited;
      const unseen = await aMinuteLater(() =>
        warnings('BEARWARD_UNSEEN_ERROR', async () => {
          notAwaited = await warnings('BEARWARD_NOT_AWAITED', ask);
        }),
      );
      assert.equal(notAwaited.length, 1);
      assert.equal(unseen.length, 2);
      assert.match(unseen[0], /the first mistake/);
      assert.match(unseen[1], /the second mistake/);
    }
  });
});
