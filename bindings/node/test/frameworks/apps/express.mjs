import http from 'node:http';
import { auth, errorHandler } from 'bearward/express';
import express from 'express';
import { FAILURE, MAX_HEADER_BYTES, PROXY, ROUTES, listening, serves } from '../demo.mjs';

/** Each challenge has a header. */
export const challenges = 'separate';

/** `proxy` is what Express calls `trust proxy`. */
export async function start(options, proxy = PROXY) {
  const app = express();
  app.set('trust proxy', proxy);
  const api = auth(options);
  for (const route of ROUTES) {
    const { path, protected: isProtected, requirement, answer } = route;
    const middleware = requirement === undefined ? api : api.require(requirement);
    app.all(path, ...(isProtected ? [middleware] : []), (req, res) => {
      if (!serves(route, req.method)) return res.sendStatus(405);
      res.json(answer({ auth: req.auth, params: req.params }));
    });
  }
  app.use((error, _req, res, next) => {
    if (error.reason !== undefined) res.set(FAILURE, error.reason);
    next(error);
  });
  app.use(errorHandler({ words: 'core' }));
  return listening(http.createServer({ maxHeaderSize: MAX_HEADER_BYTES }, app));
}
