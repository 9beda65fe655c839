// The API of the README's section on pages of other origins, and the same with a mistake.

import { auth, errorHandler } from 'bearward/express';
import cors from 'cors';
import express from 'express';

const RIGHT = { exposedHeaders: ['WWW-Authenticate', 'DPoP-Nonce', 'Retry-After'] };

/** `mistake` is `'inside'` for `cors()` behind `auth()`, `'unexposed'` for headers that no page may read. */
export function corsApi({ origin, publicOrigin, publicKey, mistake }) {
  const app = express();
  const allowed = cors({ origin, ...(mistake === 'unexposed' ? {} : RIGHT) });
  const token = auth({
    issuer: 'https://issuer.example',
    audience: 'https://api.example.com',
    publicKey,
    publicOrigin,
    dpop: { nonces: true },
  });
  if (mistake === 'inside') app.use(token, allowed);
  else app.use(allowed, token);
  app.get('/', (req, res) => res.json({ subject: req.auth.payload.sub }));
  app.use(errorHandler());
  return app;
}
