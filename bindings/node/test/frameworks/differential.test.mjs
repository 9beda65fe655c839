// The same requests to what an application of each framework uses today, and to Bearward. What a client is told differs in
// words and challenges; whether it is let in, and by which status it is refused, is compared.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, describe, it } from 'node:test';
import formbody from '@fastify/formbody';
import fastifyJwt from '@fastify/jwt';
import Hapi from '@hapi/hapi';
import { bearward as fastifyPlugin } from 'bearward/fastify';
import { bearward as hapiPlugin } from 'bearward/hapi';
import { auth } from 'bearward/koa';
import Fastify from 'fastify';
import buildGetJwks from 'get-jwks';
import hapiJwt from 'hapi-auth-jwt2';
import jwksRsa from 'jwks-rsa';
import Koa from 'koa';
import koaJwt from 'koa-jwt';
import { send } from '../app.mjs';
import { Accepted } from '../differential/accepted.mjs';
import { requests } from '../differential/cases.mjs';
import { AUDIENCE, keyPair, startIssuer } from '../issuer.mjs';

/** Each way of an incumbent to be set up right, by its documentation: issuer, audience and algorithm are pinned. */
const SERVERS = {
  fastify: {
    async original({ issuer }) {
      const jwks = buildGetJwks({ issuersWhitelist: [issuer], providerDiscovery: true });
      const secret = (_request, { header: { kid, alg }, payload: { iss } }) =>
        jwks.getPublicKey({ kid, alg, domain: iss });
      const app = Fastify();
      await app.register(formbody);
      app.register(fastifyJwt, {
        decode: { complete: true },
        secret,
        verify: { allowedIss: issuer, allowedAud: AUDIENCE, algorithms: ['RS256'] },
      });
      app.addHook('onRequest', (request) => request.jwtVerify());
      return listen(app);
    },
    async bearward({ issuer }) {
      const app = Fastify();
      await app.register(formbody);
      await app.register(fastifyPlugin, options(issuer));
      app.addHook('onRequest', app.requireAuth());
      return listen(app);
    },
  },
  koa: {
    async original({ issuer, jwksUri }) {
      const secret = jwksRsa.koaJwtSecret({ jwksUri, cache: true });
      return listening(new Koa().use(koaJwt({ secret, audience: AUDIENCE, issuer, algorithms: ['RS256'] })));
    },
    bearward: async ({ issuer }) => listening(new Koa().use(auth(options(issuer)))),
  },
  hapi: {
    async original({ issuer, jwksUri }) {
      const server = Hapi.server({ host: '127.0.0.1', port: 0, debug: false });
      await server.register(hapiJwt);
      server.auth.strategy('api', 'jwt', {
        complete: true,
        key: jwksRsa.hapiJwt2KeyAsync({ jwksUri, cache: true }),
        validate: async () => ({ isValid: true }),
        verifyOptions: { audience: AUDIENCE, issuer, algorithms: ['RS256'] },
      });
      return started(server);
    },
    async bearward({ issuer }) {
      const server = Hapi.server({ host: '127.0.0.1', port: 0, debug: false });
      await server.register(hapiPlugin);
      server.auth.strategy('api', 'bearward', options(issuer));
      return started(server);
    },
  },
};

const options = (issuer) => ({ issuer, audience: AUDIENCE, tokenSigningAlg: 'RS256' });

async function listen(app) {
  for (const method of ['GET', 'POST']) app.route({ method, url: '/', handler: async () => 'in' });
  await app.listen({ host: '127.0.0.1', port: 0 });
  return { port: app.server.address().port, close: () => app.close() };
}

async function listening(app) {
  app.silent = true;
  app.use((ctx) => {
    ctx.body = 'in';
  });
  const server = app.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { port: server.address().port, close: () => server.close() };
}

async function started(server) {
  server.auth.default('api');
  server.route({ method: ['GET', 'POST'], path: '/', handler: () => 'in' });
  await server.start();
  return { port: server.info.port, close: () => server.stop() };
}

for (const [name, { original, bearward }] of Object.entries(SERVERS)) {
  describe(`${name}: what it is protected by today, beside Bearward`, () => {
    let issuer;
    let cases;
    const running = [];
    before(async () => {
      issuer = await startIssuer();
      for (const start of [original, bearward]) running.push(await start(issuer));
      cases = await requests({ key: issuer.key, otherKey: await keyPair(), issuer: issuer.issuer });
    });
    after(async () => {
      for (const one of running) await one.close();
      await issuer.close();
    });

    it('lets in and refuses the same requests, but for those that are listed', async () => {
      const accepted = new Accepted('../frameworks/accepted-differences.json', name);
      const unlisted = [];
      let refusals = 0;
      for (const [kind, make] of Object.entries(cases)) {
        const request = await make();
        const [theirs, ours] = await Promise.all(running.map(({ port }) => send(port, request.path ?? '/', request)));
        if (ours.status !== 200) {
          refusals += 1;
          assert.match(ours.headers['www-authenticate'], /^Bearer realm="api"/, kind);
        }
        if (theirs.status === ours.status) continue;
        const difference = { kind, original: String(theirs.status), bearward: String(ours.status) };
        if (!accepted.covers(name, kind, difference.original, difference.bearward)) unlisted.push(difference);
      }
      assert.ok(refusals > 40, `${refusals} requests were refused`);
      assert.ok(Accepted.none(unlisted), JSON.stringify(unlisted, undefined, 1));
      assert.deepEqual(accepted.unseen, []);
    });
  });
}
