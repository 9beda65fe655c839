import { createAdaptorServer } from '@hono/node-server';
import { auth } from 'bearward/hono';
import { Hono } from 'hono';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import { jwksUri } from './keys.mjs';

export async function serve(protection, { issuer, audience, message, port, host }) {
  const app = new Hono();
  app.get('/ready', (c) => c.text(''));
  if (protection === 'empty') app.use((_c, next) => next());
  if (protection === 'bearward') app.use(auth({ issuer, audience }));
  // Hono's own `jwk` takes no token of the type at+jwt, so its users write this.
  if (protection === 'incumbent') {
    const keys = createRemoteJWKSet(new URL(await jwksUri(issuer)));
    app.use(async (c, next) => {
      const [, token] = /^Bearer (.+)$/.exec(c.req.header('authorization') ?? '') ?? [];
      if (token === undefined) return c.body(null, 401);
      try {
        c.set('payload', (await jwtVerify(token, keys, { issuer, audience })).payload);
      } catch {
        return c.body(null, 401);
      }
      await next();
    });
  }
  app.get('/api/messages', (c) => c.json(message));
  return createAdaptorServer({ fetch: app.fetch }).listen(port, host);
}
