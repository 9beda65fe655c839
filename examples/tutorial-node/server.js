// Serves the notes. The environment says whose tokens are accepted.

import { subscribe } from 'node:diagnostics_channel';
import { auth } from 'bearward/express';
import { notes } from './app.js';

subscribe('bearward:fetch', ({ issuer, error }) => error && console.warn(issuer, error.message));

const api = auth();
await api.ready();
notes(api).listen(process.env.PORT ?? 3001);
