// Has the addon panic during one request, and sends another.

import { createRequire } from 'node:module';

const { NativeEngine } = createRequire(import.meta.url)(process.env.NAPI_RS_NATIVE_LIBRARY_PATH);
const { auth } = await import('bearward/express');
const { serve } = await import('../app.mjs');
const { AUDIENCE, keyPair, sign } = await import('../issuer.mjs');

const { checker } = NativeEngine.prototype;
let arm = true;
NativeEngine.prototype.checker = function () {
  const check = checker.call(this);
  return (...args) => {
    if (arm) this.panicNext();
    arm = false;
    return check(...args);
  };
};

const key = await keyPair();
const issuer = 'https://issuer.example';
let seen;
const api = await serve((app) => {
  app.use(auth({ issuer, publicKey: key.jwk, audience: AUDIENCE }), (_req, res) => res.end());
  app.use((error, _req, _res, next) => {
    const { name, status, code, message, cause, stack } = error;
    seen = { name, status, code, message, cause: cause instanceof Error, stack: typeof stack === 'string' };
    next(error);
  });
});
const token = await sign(key, issuer);
await api.send('/', { token });
const { status } = await api.send('/', { token });
await api.close();
console.log(JSON.stringify([seen, status]));
