// Serves two requests, closes its servers while a refresh hangs, and has nothing left to do.

import { setTimeout as pause } from 'node:timers/promises';
import { auth } from 'bearward/express';
import { serve } from '../app.mjs';
import { AUDIENCE, startIssuer } from '../issuer.mjs';

const issuer = await startIssuer();
const api = await serve((app) =>
  app.use(
    auth({ issuerBaseURL: issuer.url, audience: AUDIENCE, cacheMaxAge: 1000, timeoutDuration: 10 * 60_000 }),
    (_req, res) => res.end(),
  ),
);
const token = await issuer.token();
const first = await api.send('/', { token });
let reached;
const hanging = new Promise((resolve) => {
  reached = resolve;
});
// The refresh is sent to a server that never answers: it must not keep the process alive.
issuer.state.answer = (req) => {
  req.socket.unref();
  reached();
};
await pause(1100);
const second = await api.send('/', { token });
await hanging;
api.close();
issuer.unref();
console.log(first.status, second.status, 'closed');
