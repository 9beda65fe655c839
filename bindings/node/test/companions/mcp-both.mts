// Where the SDK's own middleware is imported, it says what `req.auth` is; it is compiled, and never run.

import { requireBearerAuth } from '@modelcontextprotocol/sdk/server/auth/middleware/bearerAuth.js';
import type { AuthInfo } from '@modelcontextprotocol/sdk/server/auth/types.js';
import { auth, type RequestAuth } from 'bearward/express';
import express from 'express';

const theirs = requireBearerAuth({
  verifier: {
    verifyAccessToken: async () => {
      throw new Error('unused');
    },
  },
});
express()
  .get('/', auth(), (req, res) => {
    const info: AuthInfo | undefined = req.auth;
    const ours = req.auth as RequestAuth | undefined;
    res.json({ scopes: info?.scopes, subject: ours?.payload.sub });
  })
  .use(theirs);

export const authInfoOf = (auth: RequestAuth): AuthInfo => auth;
