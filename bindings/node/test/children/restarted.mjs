// One run of an API that requires DPoP nonces: says on which port it listens, and serves until its input ends.

import express from 'express';
import process from 'node:process';
import { auth } from 'bearward/express';

const [issuerBaseURL, audience, secret] = process.argv.slice(2);
const app = express();
app.use(
  '/',
  auth({ issuerBaseURL, audience, publicOrigin: 'https://api.example', dpop: { nonces: { secret } } }),
  (_req, res) => res.json({}),
);
app.use((error, _req, res, _next) => res.status(error.status).set(error.headers).json({ reason: error.reason }));
const server = app.listen(0, '127.0.0.1', () => process.stdout.write(`${server.address().port}\n`));
process.stdin.resume().on('end', () => process.exit());
