import { auth } from 'bearward/koa';
import jwksRsa from 'jwks-rsa';
import Koa from 'koa';
import koaJwt from 'koa-jwt';
import { jwksUri } from './keys.mjs';

export async function serve(protection, { issuer, audience, message, port, host }) {
  const app = new Koa();
  app.silent = true;
  app.use((ctx, next) => {
    if (ctx.path !== '/ready') return next();
    ctx.body = '';
  });
  if (protection === 'empty') app.use((_ctx, next) => next());
  if (protection === 'bearward') app.use(auth({ issuer, audience }));
  if (protection === 'incumbent') {
    const secret = jwksRsa.koaJwtSecret({ jwksUri: await jwksUri(issuer), cache: true });
    app.use(koaJwt({ secret, audience, issuer }));
  }
  app.use((ctx) => {
    ctx.body = message;
  });
  return app.listen(port, host);
}
