// A check of a token where no `auth()` is in front: the client is answered as by the original, and the developer is told.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { after, before, describe, it } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import {
  auth,
  authorize,
  claimCheck,
  claimEquals,
  claimIncludes,
  errorHandler,
  requireAcr,
  requiredScopes,
  requireMaxAge,
  requireOrganization,
  requireRoles,
  scopeIncludesAny,
  scopes,
} from 'bearward/express';
import express from 'express';
import { AUDIENCE, startIssuer } from './issuer.mjs';

const original = createRequire(import.meta.url)('express-oauth2-jwt-bearer');

const CHECKS = {
  'requiredScopes()': requiredScopes('read'),
  'scopeIncludesAny()': scopeIncludesAny('read'),
  'claimEquals()': claimEquals('sub', 'alice'),
  'claimIncludes()': claimIncludes('groups', 'a'),
  'claimCheck()': claimCheck(() => true),
  'authorize()': authorize(scopes('read')),
  'requireOrganization()': requireOrganization({ is: 'acme' }),
  'requireRoles()': requireRoles('admin'),
  'requireAcr()': requireAcr('urn:a'),
  'requireMaxAge()': requireMaxAge(60),
};

let issuer;
const warnings = [];
const keep = (warning) => warnings.push(warning);
before(async () => {
  issuer = await startIssuer();
  process.on('warning', keep);
});
after(async () => {
  process.off('warning', keep);
  await issuer.close();
});

/** Sends a request through these middlewares: the answer, and the error that the error handlers got. */
async function ask(middlewares, { headers = {}, answering = errorHandler() } = {}) {
  const app = express();
  let found;
  for (const one of middlewares) app.use(one);
  app.get('/', (_req, res) => res.end('reached'));
  app.use((error, _req, _res, next) => {
    found = error;
    next(error);
  });
  app.use(answering);
  const server = app.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const response = await fetch(`http://127.0.0.1:${server.address().port}/`, { headers });
  const answer = {
    status: response.status,
    challenge: response.headers.get('www-authenticate'),
    body: await response.text(),
  };
  server.closeAllConnections();
  server.close();
  await turn();
  return { answer, error: found };
}

describe('a check of a token', () => {
  it('says nothing where auth() has let in a request without a token: that is no mistake', async () => {
    const optional = auth({ issuer: issuer.issuer, audience: AUDIENCE, authRequired: false });
    for (const [what, check] of Object.entries(CHECKS)) {
      const { answer, error } = await ask([optional, check]);
      assert.equal(answer.status, 401, what);
      assert.equal(error.cause, undefined, what);
    }
    assert.deepEqual(warnings, []);
  });

  it('refuses without auth() before it, and the error says what is missing, whichever check it is', async () => {
    const authorization = `Bearer ${await issuer.token({ claims: { scope: 'read' } })}`;
    for (const [what, check] of Object.entries(CHECKS)) {
      for (const headers of [{}, { authorization }]) {
        const { answer, error } = await ask([check], { headers });
        assert.deepEqual(answer, {
          status: 401,
          challenge: 'Bearer realm="api"',
          body: '{"error":"unauthorized","error_description":"Unauthorized"}',
        });
        assert.equal(error.name, 'UnauthorizedError');
        assert.equal(error.reason, undefined);
        assert.equal(
          error.cause.message,
          `${what} is behind no auth(): no auth() of bearward/express has let this request in, so it is answered 401.` +
            ' Call app.use(auth({ … })) before it, on a path that contains its routes',
        );
      }
    }
  });

  it('warns of it once, however many requests there are', () => {
    const [warning, ...others] = warnings;
    assert.deepEqual(others, []);
    assert.equal(warning.code, 'BEARWARD_WITHOUT_AUTH');
    assert.match(warning.message, /^requiredScopes\(\) is behind no auth\(\)/);
  });

  it('answers as the original does, and tells the client nothing of it', async () => {
    const bare = (error, _req, res, _next) => res.status(error.status).set(error.headers).end(error.message);
    const theirs = await ask([original.requiredScopes('read')], { answering: bare });
    const ours = await ask([CHECKS['requiredScopes()']], { answering: bare });
    assert.deepEqual(ours.answer, theirs.answer);
    for (const body of ['json', 'message', 'problem', 'empty']) {
      for (const words of ['original', 'core']) {
        const { answer } = await ask([CHECKS['authorize()']], { answering: errorHandler({ body, words }) });
        assert.doesNotMatch(answer.body, /auth\(\)/);
      }
    }
    const { error } = await ask([CHECKS['authorize()']]);
    assert.doesNotMatch(JSON.stringify(error), /auth\(\)/);
  });

  it('passes with auth() before it', async () => {
    const headers = { authorization: `Bearer ${await issuer.token({ claims: { scope: 'read' } })}` };
    const protect = auth({ issuer: issuer.issuer, audience: AUDIENCE });
    for (const check of [CHECKS['requiredScopes()'], CHECKS['authorize()']]) {
      const { answer } = await ask([protect, check], { headers });
      assert.deepEqual([answer.status, answer.body], [200, 'reached']);
    }
  });
});
