// Serves every shape of call for every kind of middleware, of Bearward and of the originals, on Express 4 and 5.
//
// Started as a separate process. With `RECORD` it notes what would otherwise end it.

import { once } from 'node:events';
import process from 'node:process';
import { EXPRESS } from '../app.mjs';
import { kindsFor, libraryOf } from './kinds.mjs';
import { run } from './shapes.mjs';

const deaths = [];
if (process.env.RECORD) {
  process.on('unhandledRejection', (reason) => deaths.push(`unhandledRejection ${reason}`));
  process.on('uncaughtException', (error) => deaths.push(`uncaughtException ${error}`));
}
/** The requests that reached data, by their number. */
const reached = new Set();

function routes() {
  const found = new Map();
  for (const [kind, { make, shapes, outcome, originals, before }] of Object.entries(
    kindsFor(JSON.parse(process.env.SHAPES)),
  )) {
    for (const name of ['bearward', ...originals]) {
      const library = libraryOf(kind, name);
      const build = make(library, name);
      const [warm, first] = [build(), before?.(library)()];
      for (const [title, shape] of Object.entries(shapes)) {
        const path = `/${[name, kind, title].map(encodeURIComponent).join('/')}`;
        found.set(path, { build, warm, first, outcome, shape });
      }
    }
  }
  return found;
}

function serve(framework) {
  const app = framework();
  const all = routes();
  app.get('/state', (_req, res) => {
    // Node.js reports a rejection after the turn in which it happened.
    setImmediate(() => {
      res.json({ deaths: deaths.splice(0), reached: [...reached] });
      reached.clear();
    });
  });
  app.use((req, res, next) => {
    req.route = all.get(req.url);
    // What the first one refuses has no `req.auth`, and is for the other to refuse.
    if (req.route.first === undefined) next();
    else req.route.first(req, res, (_error) => next());
  });
  app.use((req, res, next) => {
    const { build, warm, outcome, shape } = req.route;
    const check = req.headers['x-keys'] === 'cold' ? build() : warm;
    const send = () => {
      reached.add(req.headers['x-number']);
      if (!res.headersSent) res.json({ data: 'secret' });
    };
    const refuse = () => {
      if (!res.headersSent) res.status(401).json({});
    };
    run(shape, { check, outcome, req, res, next, send, refuse });
  });
  app.use((error, _req, res, next) => {
    if (res.headersSent) return next(error);
    res.status(error.status ?? 500).json({ name: error.name });
  });
  const server = app.listen(0, '127.0.0.1');
  // On a slow machine a connection may wait longer for its next request than Node.js keeps it: the client would send into one
  // that is being closed.
  server.keepAliveTimeout = 10 * 60 * 1000;
  return server;
}

const servers = EXPRESS.map(([, framework]) => serve(framework));
await Promise.all(servers.filter(({ listening }) => !listening).map((server) => once(server, 'listening')));
process.send(servers.map((server) => server.address().port));
