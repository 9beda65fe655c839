// An API as the guides of express-oauth2-jwt-bearer and express-oauth-jwt write it: middlewares, mounted.
//
// Written for the originals; the test exchanges the names of the packages, and nothing else.

const express = require('express');
const { createRemoteJWKSet } = require('jose');
const { auth, claimIncludes, requiredScopes, UnauthorizedError } = require('express-oauth2-jwt-bearer');
const { secure } = require('express-oauth-jwt');

module.exports = async ({ issuer, audience, jwksUri }) => {
  const app = express();
  app.use(express.json());
  app.get('/public', (_req, res) => res.json({ data: 'for everyone' }));

  const checkJwt = auth({ issuerBaseURL: issuer, audience });
  app.get('/private', checkJwt, (req, res) => res.json({ data: 'secret', sub: req.auth.payload.sub }));
  app.get('/scoped', checkJwt, requiredScopes('read:data'), (_req, res) => res.json({ data: 'secret' }));
  app.get('/admin', checkJwt, claimIncludes('roles', 'admin'), (_req, res) => res.json({ data: 'secret' }));

  const router = express.Router();
  router.use(auth({ issuerBaseURL: issuer, audience }));
  router.get('/data', async (req, res) => res.json({ data: 'secret', sub: req.auth.payload.sub }));
  app.use('/router', router);

  const claims = [
    { name: 'iss', value: issuer },
    { name: 'aud', value: audience },
  ];
  app.get('/curity', secure(createRemoteJWKSet(new URL(jwksUri)), { claims, scope: ['read:data'] }), (req, res) => {
    res.json({ data: 'secret', sub: req.claims.sub });
  });

  app.use((error, _req, res, next) => {
    if (!(error instanceof UnauthorizedError)) return next(error);
    res.status(error.status).set(error.headers).json({ message: error.message });
  });
  return app.listen(0, '127.0.0.1');
};
