// An API of Koa: `node server.mjs --issuer URL --audience AUDIENCE --port PORT`.

import { parseArgs } from 'node:util';
import Router from '@koa/router';
import { auth, organization, Refusal } from 'bearward/koa';
import Koa from 'koa';

const { values } = parseArgs({
  options: { issuer: { type: 'string' }, audience: { type: 'string' }, port: { type: 'string', default: '3000' } },
});

const api = auth({ issuer: values.issuer, audience: values.audience });

/** The challenge is in the response already; this has the body that OAuth 2.0 describes. */
async function answerRefusals(ctx, next) {
  try {
    await next();
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    ctx.status = error.status;
    ctx.type = 'application/json';
    ctx.body = error.body;
  }
}

const router = new Router();
router.get('/api/public', (ctx) => {
  ctx.body = { message: 'Anyone may read this.' };
});
router.get('/api/private', api, (ctx) => {
  ctx.body = ctx.state.auth.info;
});
router.get('/api/messages', api.requireScopes('read:messages'), (ctx) => {
  ctx.body = ['hello'];
});
router.get('/api/organizations/:org', api.require(organization({ fromPath: 'org' })), (ctx) => {
  ctx.body = ctx.params.org;
});

const app = new Koa().use(answerRefusals).use(router.routes());
const server = app.listen(Number(values.port), '127.0.0.1', () => {
  console.log(`http://127.0.0.1:${server.address().port}`);
});
