// The promise that a middleware returns, without a server: what it costs, and what it says.

import assert from 'node:assert/strict';
import { AsyncLocalStorage } from 'node:async_hooks';
import { before, describe, it, mock } from 'node:test';
import * as express from 'bearward/express';
import { secure } from 'bearward/express-oauth-jwt';
import { AUDIENCE, keyPair, sign } from './issuer.mjs';

const ISSUER = 'https://issuer.example';
const turn = () => new Promise((resolve) => setImmediate(() => setImmediate(resolve)));

/** As much of a response as is written to. */
function response() {
  const res = {
    headers: {},
    headersSent: false,
    writableEnded: false,
    setHeader(name, value) {
      res.headers[name] = value;
    },
  };
  res.end = (body) => Object.assign(res, { body, headersSent: true, writableEnded: true });
  return res;
}

describe('the promise of a middleware', () => {
  let key;
  let good;
  let expired;
  let check;
  before(async () => {
    key = await keyPair();
    check = express.auth({ issuer: ISSUER, audience: AUDIENCE, publicKey: key.jwk });
    good = await sign(key, ISSUER, { claims: { scope: 'read' } });
    expired = await sign(key, ISSUER, { claims: { exp: 1_000_000_000 } });
  });
  const request = (token, own = {}) => ({
    method: 'GET',
    url: '/',
    headers: { host: 'a', ...(token && { authorization: `Bearer ${token}` }) },
    ...own,
  });

  it('is one for all requests whose keys are in hand, and next is called before it is returned', async () => {
    const seen = new Set();
    for (let round = 0; round < 3; round += 1) {
      let isCalled = false;
      const req = request(good);
      seen.add(
        check(req, response(), () => {
          isCalled = true;
        }),
      );
      assert.ok(isCalled);
      let isChecked = false;
      seen.add(
        express.requiredScopes('read')(req, response(), () => {
          isChecked = true;
        }),
      );
      assert.ok(isChecked);
    }
    assert.equal(seen.size, 1);
    assert.equal(await [...seen][0], undefined);
  });

  it('is a promise of Node.js, and keeps the asynchronous context', async () => {
    const storage = new AsyncLocalStorage();
    for (const token of [good, expired, undefined]) {
      await storage.run(token ?? 'none', async () => {
        const promise = check(request(token), response(), (error) => void error);
        assert.ok(promise instanceof Promise);
        await promise;
        assert.equal(storage.getStore(), token ?? 'none');
      });
    }
  });

  it('is there for every middleware of the package, which take three arguments, and error handlers four', async () => {
    const resource = { identifier: AUDIENCE };
    const all = [
      check,
      check.require(express.scopes('read')),
      express.authorize(express.scopes('read')),
      express.requireOrganization({ any: true }),
      express.requireRoles('admin'),
      express.requireAcr('a'),
      express.requireMaxAge(1),
      express.requiredScopes('read'),
      express.scopeIncludesAny('read'),
      express.claimEquals('sub', 'alice'),
      express.claimIncludes('aud', AUDIENCE),
      express.claimCheck(() => true),
      express.claimCheck(async () => true),
      express.protectedResourceMetadata(resource),
      secure(async () => key.publicKey, { issuer: ISSUER, audience: AUDIENCE }),
    ];
    for (const [at, middleware] of all.entries()) {
      assert.equal(middleware.length, 3);
      for (const token of [good, expired, undefined]) {
        const promise = middleware(request(token), response(), (error) => void error);
        assert.ok(promise instanceof Promise, String(at));
        assert.equal(await promise, undefined);
      }
      assert.throws(
        () => middleware({ headers: {}, req: {} }, async () => {}),
        { name: 'TypeError', message: /Koa/ },
        String(at),
      );
      assert.throws(() => middleware(request(good), { raw: {}, code() {} }, () => {}), {
        name: 'TypeError',
        message: /Fastify/,
      });
      assert.throws(() => middleware(request(good), response(), {}), { name: 'TypeError' });
    }
    const handle = express.errorHandler();
    assert.equal(handle.length, 4);
    for (const error of [new express.UnauthorizedError(), new Error('mine')]) {
      assert.equal(await handle(error, request(), response(), (passed) => void passed), undefined);
    }
    await assert.rejects(handle(new Error('mine'), request(), response()), { message: 'mine' });
  });

  it('passes on what a callback can make something of, whatever its shape', async () => {
    const told = [];
    const callbacks = {
      'a parameter': (error) => {
        told.push(error);
      },
      'rest parameters': (...errors) => {
        told.push(errors[0]);
      },
      arguments: function () {
        told.push(arguments[0]);
      },
      'a default': (error = undefined) => {
        told.push(error);
      },
      bound: ((list, error) => {
        list.push(error);
      }).bind(undefined, told),
      'arguments that are spread': function () {
        told.push(...arguments);
      },
      'a parameter after a comment': (/* of Bearward */ ...errors) => {
        told.push(errors[0]);
      },
      'a mock': mock.fn((error) => {
        told.push(error);
      }),
      'an object that is given': (error) => told.push({ error }) && {},
    };
    for (const [shape, next] of Object.entries(callbacks)) {
      told.length = 0;
      await check(request(expired), response(), next);
      assert.equal(told.length, 1, shape);
      assert.ok((told[0].error ?? told[0]) instanceof express.InvalidTokenError, shape);
    }
  });

  it('answers where a callback can make nothing of an error, and lets nothing after the call run', async () => {
    const called = [];
    const tool = { arguments: 1 };
    const callbacks = {
      'no parameter': () => {
        called.push(1);
      },
      function: function () {
        called.push(1);
      },
      ignored: (_error) => {},
      'ignored, with a comment': (_error) => {
        /* see req.auth */
      },
      'ignored, with a comment in a line': (_error) => {
        // see req.auth
      },
      method: {
        next() {
          called.push(1);
        },
      }.next,
      'a comment in place of a parameter': (/* error */) => {
        called.push(1);
      },
      'a comment in a line in place of a parameter': (
        // error (not used)
      ) => {
        called.push(1);
      },
      'arrow function that calls a tool': () => {
        called.push(tool.arguments);
      },
      'arrow function that names a member': async () => {
        called.push({ arguments: 1 });
      },
      'function that calls a tool': function () {
        called.push(tool.arguments);
      },
    };
    for (const [shape, next] of Object.entries(callbacks)) {
      const res = response();
      let isSettled = false;
      const settle = () => {
        isSettled = true;
      };
      check(request(expired), res, next).then(settle, settle);
      await turn();
      assert.deepEqual([called, isSettled], [[], false], shape);
      assert.deepEqual([res.statusCode, JSON.parse(res.body).error], [401, 'invalid_token'], shape);
      await check(request(good), response(), next);
      called.length = 0;
    }
  });

  it('rejects where there is no next, or no response to answer with', async () => {
    for (const [res, next] of [
      [response(), undefined],
      [{}, () => {}],
      [undefined, () => {}],
    ]) {
      await assert.rejects(check(request(expired), res, next), { name: 'InvalidTokenError', status: 401 });
    }
  });

  it('ends no process of an async handler that waits with a deaf callback and catches nothing', async () => {
    const rejections = [];
    const listen = (reason) => rejections.push(reason);
    process.on('unhandledRejection', listen);
    const reached = [];
    for (const middleware of [
      check,
      check.require(express.scopes('write')),
      express.authorize(express.scopes('write')),
      express.claimCheck(async () => false),
    ]) {
      for (const token of [undefined, expired]) {
        const res = response();
        const handler = async () => {
          await middleware(
            request(token, middleware === check ? {} : { auth: { payload: { sub: 'alice' } } }),
            res,
            () => {},
          );
          reached.push(middleware.name);
        };
        handler();
        await turn();
        assert.ok(res.statusCode === 401 || res.statusCode === 403, String(res.statusCode));
      }
    }
    process.off('unhandledRejection', listen);
    assert.deepEqual([rejections, reached], [[], []]);
  });

  it('answers a refusal that nothing looks at, and one alone', async () => {
    for (const next of [
      undefined,
      () => {},
      (error) => {
        if (error) throw error;
      },
    ]) {
      const res = response();
      check(request(expired), res, next);
      await turn();
      assert.deepEqual([res.statusCode, JSON.parse(res.body).error], [401, 'invalid_token']);
      assert.match(res.headers['WWW-Authenticate'], /^Bearer realm="api", error="invalid_token"/);

      const answered = response();
      answered.end('mine');
      check(request(expired), answered, next);
      // Made-up requests of tests have made-up responses.
      check(request(expired), {}, next);
      check(request(expired), undefined, next);
      await turn();
      assert.equal(answered.body, 'mine');
    }
  });

  it('rejects with what a handler throws, calls next once, and warns once where nothing looks', async () => {
    const warnings = [];
    const listen = (warning) => warnings.push(warning);
    process.on('warning', listen);
    let calls = 0;
    const next = () => {
      calls += 1;
      throw new Error('a mistake in the handler');
    };
    await assert.rejects(check(request(good), response(), next), { message: 'a mistake in the handler' });
    assert.equal(calls, 1);
    for (let round = 0; round < 3; round += 1) {
      const res = response();
      check(request(good), res, next);
      await turn();
      assert.deepEqual([res.statusCode, res.body.includes('mistake')], [500, false]);
    }
    process.off('warning', listen);
    assert.deepEqual(
      warnings.map(({ code }) => code),
      ['BEARWARD_UNSEEN_ERROR'],
    );
    assert.match(warnings[0].message, /a mistake in the handler/);
  });

  it('waits for a promise of next', async () => {
    const order = [];
    const next = async () => {
      await turn();
      order.push('next');
    };
    await check(request(good), response(), next);
    order.push('settled');
    assert.deepEqual(order, ['next', 'settled']);
    await assert.rejects(
      check(request(good), response(), async () => {
        throw new Error('later');
      }),
      { message: 'later' },
    );
  });

  it('takes away what another check left on a request that is refused', async () => {
    const other = express.auth({ issuer: ISSUER, audience: 'https://other.example', publicKey: key.jwk });
    const req = request(good);
    await check(req, response(), (error) => void error);
    assert.equal(req.auth.payload.sub, 'alice');
    await other(req, response(), (error) => void error);
    assert.equal(req.auth, undefined);

    const secured = secure(async () => key.publicKey, { issuer: ISSUER, audience: AUDIENCE });
    await secured(req, response(), () => {});
    assert.equal(req.claims.sub, 'alice');
    req.headers.authorization = `Bearer ${expired}`;
    await secured(req, response(), () => {});
    assert.equal(req.claims, undefined);
  });
});
