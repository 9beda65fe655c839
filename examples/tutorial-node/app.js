// An API of notes: each subject has its own.

import { errorHandler, requiredScopes } from 'bearward/express';
import express from 'express';

/** The routes, behind this protection. */
export function notes(api) {
  const app = express();
  const notes = new Map();

  app.get('/health', (_req, res) => res.send('ok'));

  app.use('/notes', api, express.text());
  app.get('/notes', requiredScopes('notes:read'), (req, res) => {
    res.json(notes.get(owner(req)) ?? []);
  });
  app.post('/notes', requiredScopes('notes:write'), (req, res) => {
    notes.set(owner(req), [...(notes.get(owner(req)) ?? []), req.body]);
    res.status(201).end();
  });

  app.use(errorHandler());
  return app;
}

/** A subject is unique only within its issuer. */
const owner = ({ auth }) => JSON.stringify([auth.payload.iss, auth.payload.sub]);
