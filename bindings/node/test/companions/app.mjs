// The same API, as an ES module.

import express from 'express';
import { auth, requiredScopes } from 'bearward/express';

const app = express();
app.use(
  auth({
    issuer: 'https://issuer.example',
    audience: 'https://api.example.com',
    publicKey: JSON.parse(process.env.PUBLIC_KEY),
  }),
);
app.get('/', requiredScopes('read'), (req, res) => res.json({ subject: req.auth.payload.sub }));
const server = app.listen(0, '127.0.0.1', () => console.log(server.address().port));
