// How applications use the types of `express-oauth-jwt` 2.x.

import express, { type RequestHandler } from 'express';
import { secure, errors, type Claim, type Options } from 'express-oauth-jwt';

const claims: Claim[] = [{ name: 'role', value: 'admin' }, { name: 'tenant' }];
const options: Options = { scope: ['read', 'write'], claims };
const guard: RequestHandler = secure(async () => new Uint8Array(32), options);
express()
  .use(guard)
  .get(
    '/',
    secure(async () => new Uint8Array(32)),
    (_req, res) => {
      res.end();
    },
  );
export const made: Error[] = [new errors.InsufficientScopeError(), new errors.TokenClaimsError()];
