// Functions of a serverless platform and a context of a GraphQL server, which call the middlewares by hand.
//
// Written for the originals; the test exchanges the names of the packages, and nothing else.

const { promisify } = require('node:util');
const express = require('express');
const { createRemoteJWKSet } = require('jose');
const { auth, requiredScopes } = require('express-oauth2-jwt-bearer');
const { secure } = require('express-oauth-jwt');

module.exports = async ({ issuer, audience, jwksUri }) => {
  const options = { issuerBaseURL: issuer, audience };
  const checkJwt = auth(options);
  const claims = [
    { name: 'iss', value: issuer },
    { name: 'aud', value: audience },
  ];
  const checkSecure = secure(createRemoteJWKSet(new URL(jwksUri)), { claims });

  const functions = {
    async kept(req, res) {
      let error;
      await checkJwt(req, res, (e) => {
        error = e;
      });
      if (error) return res.status(error.status).json({ message: error.message });
      res.json({ data: 'secret', sub: req.auth.payload.sub });
    },
    async thrown(req, res) {
      try {
        await checkJwt(req, res, (e) => {
          if (e) throw e;
        });
      } catch (error) {
        return res.status(401).json({ message: error.message });
      }
      res.json({ data: 'secret', sub: req.auth.payload.sub });
    },
    async promised(req, res) {
      try {
        await new Promise((resolve, reject) => checkJwt(req, res, (e) => (e ? reject(e) : resolve())));
        await promisify(requiredScopes('read:data'))(req, res);
      } catch (error) {
        return res.status(error.status ?? 500).json({ message: error.message });
      }
      res.json({ data: 'secret' });
    },
    async perRequest(req, res) {
      const error = await new Promise((resolve) => auth(options)(req, res, resolve));
      if (error) return res.status(error.status).json({ message: error.message });
      res.json({ data: 'secret' });
    },
    async scopesAtOnce(req, res) {
      let error;
      await checkJwt(req, res, (e) => {
        error = e;
      });
      if (!error)
        requiredScopes('read:data')(req, res, (e) => {
          error = e;
        });
      if (error) return res.status(error.status).json({ message: error.message });
      res.json({ data: 'secret' });
    },
    async graphql(req, res) {
      const context = { user: undefined };
      await new Promise((resolve) => checkJwt(req, res, (_e) => resolve()));
      context.user = req.auth?.payload.sub;
      if (context.user === undefined) return res.status(401).json({ errors: ['not signed in'] });
      res.json({ data: 'secret', user: context.user });
    },
    async curity(req, res) {
      let passed = false;
      await checkSecure(req, res, () => {
        passed = true;
      });
      if (passed) res.json({ data: 'secret', sub: req.claims.sub });
    },
  };

  // Of the platform: it has Express's requests, and does not expect a function to fail.
  const app = express();
  for (const [name, handle] of Object.entries(functions)) app.get(`/${name}`, (req, res) => void handle(req, res));
  return app.listen(0, '127.0.0.1');
};
