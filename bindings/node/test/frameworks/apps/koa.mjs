import http from 'node:http';
import Router from '@koa/router';
import { auth, Refusal } from 'bearward/koa';
import Koa from 'koa';
import { FAILURE, MAX_HEADER_BYTES, PROXY, ROUTES, serves, listening } from '../demo.mjs';

export async function start(options) {
  const app = new Koa();
  app.use(async (ctx, next) => {
    try {
      await next();
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      ctx.status = error.status;
      ctx.body = Buffer.from(error.body);
      // Of a text Koa would name the character set.
      ctx.set({ ...error.headers, [FAILURE]: error.code });
    }
  });
  const api = auth({ ...options, trustProxy: ({ req }) => req.socket.remoteAddress === PROXY });
  const router = new Router();
  for (const route of ROUTES) {
    const { path, protected: isProtected, requirement, answer } = route;
    const middleware = requirement === undefined ? api : api.require(requirement);
    router.all(path, ...(isProtected ? [middleware] : []), (ctx) => {
      if (!serves(route, ctx.method)) ctx.throw(405);
      ctx.body = answer({ auth: ctx.state.auth, params: ctx.params });
    });
  }
  app.use(router.routes());

  const server = http.createServer({ maxHeaderSize: MAX_HEADER_BYTES }, app.callback());
  return listening(server);
}
