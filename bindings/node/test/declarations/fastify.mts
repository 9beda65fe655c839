// Fastify, as an ES module.

import Fastify from 'fastify';
import { type AuthHook, bearward, type RequestAuth, role } from 'bearward/fastify';

const app = Fastify({ http2: true });
await app.register(bearward, { issuer: 'https://issuer.example', audience: 'api' });
// @ts-expect-error a misspelt option
await app.register(bearward, { isuer: 'https://issuer.example' });

const hook: AuthHook = app.requireAuth({ scopes: ['a'], requirement: role('admin') });
app.get<{ Params: { id: string } }>('/:id', { onRequest: hook, preHandler: [app.requireAuth()] }, async (request) => {
  request.params.id satisfies string;
  // @ts-expect-error there is none where the route has no hook
  request.auth.scopes;
  const auth: RequestAuth | undefined = request.auth;
  return auth?.info.sub;
});
app.addHook('onRequest', app.requireAuth());
await app.protection.ready();
const isReady: boolean = app.protection.health().ready;
void [isReady, app.protection.status().issuers];
// @ts-expect-error scopes are a list
app.requireAuth({ scopes: 'a' });
// @ts-expect-error what a route needs has two names
app.requireAuth({ scope: ['a'] });
