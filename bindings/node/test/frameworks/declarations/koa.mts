// Koa, with its router, as ES modules.

import Router from '@koa/router';
import { auth, type AuthMiddleware, type AuthState, role } from 'bearward/koa';
import Koa from 'koa';

const api: AuthMiddleware = auth({ issuer: 'https://issuer.example', audience: 'api' });
const app = new Koa<AuthState>();
app.use(api);
app.use(api.require(role('admin')).requireScopes('a', 'b'));
app.use((ctx) => {
  // @ts-expect-error there is none where the token is optional
  ctx.state.auth.scopes;
  ctx.body = ctx.state.auth?.info.sub satisfies string | undefined;
});
const router = new Router<AuthState>();
router.get('/', api.requireScopes('a'), (ctx) => {
  ctx.body = ctx.state.auth?.scopes satisfies string[] | undefined;
});
app.use(router.routes());
new Koa().use(api).use(api.requireScopes('a'));
auth({ audience: 'api', trustProxy: (ctx) => ctx.app.proxy });
// @ts-expect-error a misspelt option
auth({ audiance: 'api' });
// @ts-expect-error scopes are texts
api.requireScopes(['a']);
