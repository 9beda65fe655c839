// `auth()` through Express 4 and 5: what passes, what does not, and what the handler gets.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { auth } from 'bearward/express';
import { AND_DPOP, EXPRESS, serve } from './app.mjs';
import { AUDIENCE, keyPair, sign, startIssuer } from './issuer.mjs';

const TYPE =
  "Unexpected 'typ' value: this is an ID token or another kind of JWT; the client must send the access token";

for (const [name, express] of EXPRESS) {
  describe(`auth() in ${name}`, () => {
    let issuer;
    let api;
    before(async () => {
      issuer = await startIssuer();
      api = await serve((app) => {
        const options = { issuerBaseURL: issuer.url, audience: AUDIENCE };
        app.use('/private', auth(options), (req, res) => res.json({ auth: req.auth, info: req.auth.info }));
        app.use('/optional', auth({ ...options, authRequired: false }), (req, res) =>
          res.json({ sub: req.auth?.payload.sub ?? null }),
        );
        app.use('/form', express.urlencoded({ extended: true }), express.json(), auth(options), (req, res) =>
          res.json({ token: req.auth.token }),
        );
        app.use('/query', auth({ ...options, dangerous: { queryTokens: true } }), (req, res) =>
          res.json({ token: req.auth.token }),
        );
        app.use('/changed', auth(options), (req, res) => {
          const before = JSON.stringify(req.auth.payload);
          req.auth.payload.sub = 'mallory';
          req.auth.payload.scope = 'admin';
          req.auth.header.alg = 'none';
          res.json({ before, after: req.auth.payload.sub });
        });
        const fixed = (req, _res, next) =>
          next(void Object.defineProperty(req, 'auth', { value: { payload: { sub: 'mallory' } } }));
        app.use('/fixed', fixed, auth(options), (req, res) => res.json({ sub: req.auth.payload.sub }));
        app.use('/shape', auth(options), (req, res) => {
          const spread = { ...req.auth };
          req.auth.payload = { replaced: true };
          res.json({ keys: Object.keys(req.auth).sort(), spread, replaced: req.auth.payload });
        });
      }, express);
    });
    after(async () => {
      await api.close();
      await issuer.close();
    });

    it('lets a valid token pass, with its header, payload and text', async () => {
      const token = await issuer.token({ claims: { scope: 'a b' } });
      const { status, json } = await api.send('/private', { token });
      assert.equal(status, 200);
      assert.equal(json.auth.token, token);
      assert.equal(json.auth.payload.sub, 'alice');
      assert.deepEqual(json.auth.header, { alg: 'RS256', typ: 'at+jwt', kid: 'k1' });
      assert.deepEqual(json.info, { sub: 'alice', clientId: 'app', scopes: ['a', 'b'], audience: [AUDIENCE] });
    });

    it('reads the scheme in any case', async () => {
      const token = await issuer.token();
      for (const scheme of ['bearer', 'BEARER', 'BeArEr']) {
        const { status } = await api.send('/private', { headers: { authorization: `${scheme} ${token}` } });
        assert.equal(status, 200, scheme);
      }
    });

    it('answers 401 with a bare challenge where nothing is presented', async () => {
      for (const headers of [{}, { authorization: 'Basic dTpw' }]) {
        const { status, challenge, json } = await api.send('/private', { headers });
        assert.equal(status, 401);
        assert.equal(challenge, `Bearer realm="api"${AND_DPOP}`);
        assert.deepEqual(json, { name: 'UnauthorizedError', message: 'Unauthorized', reason: 'credential_missing' });
      }
    });

    it('answers 400 where a credential is presented in a wrong way', async () => {
      const token = await issuer.token();
      const form = { 'content-type': 'application/x-www-form-urlencoded' };
      for (const [path, options, reason] of [
        ['/private', { headers: { authorization: 'Bearer' } }, 'authorization_malformed'],
        ['/private', { headers: { authorization: 'Bearer a b' } }, 'authorization_malformed'],
        ['/private', { headers: { authorization: `Bearer ${'a'.repeat(12_000)} ` } }, 'token_malformed'],
        [
          '/private',
          {
            headers: [
              ['Authorization', `Bearer ${token}`],
              ['Authorization', `Bearer ${token}`],
            ],
          },
          'authorization_repeated',
        ],
        ['/private?access_token=x', { token }, 'several_credentials'],
        ['/private?%61ccess_token=x', { token }, 'several_credentials'],
        ['/form', { token, method: 'POST', headers: form, body: `access_token=${token}` }, 'several_credentials'],
        ['/form', { method: 'POST', headers: form, body: 'access_token=a&access_token=b' }, 'several_credentials'],
        [
          '/form',
          { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"access_token":"a"}' },
          'authorization_malformed',
        ],
      ]) {
        const { status, json, challenge } = await api.send(path, options);
        assert.equal(json.reason, reason, path);
        assert.equal(status, reason === 'token_malformed' ? 401 : 400, path);
        assert.match(challenge, /^Bearer realm="api", error="invalid_(request|token)", error_description="/);
      }
    });

    it('takes a token from a form, and from the query where that is allowed', async () => {
      const token = await issuer.token();
      const form = { 'content-type': 'application/x-www-form-urlencoded' };
      const sent = await api.send('/form', { method: 'POST', headers: form, body: `access_token=${token}` });
      assert.deepEqual([sent.status, sent.json.token], [200, token]);
      const query = await api.send(`/query?a=1&access_token=${token}`);
      assert.deepEqual([query.status, query.json.token], [200, token]);
      assert.equal((await api.send(`/private?access_token=${token}`)).status, 401);
    });

    it('lets nobody pass with a bad token where a token is optional', async () => {
      assert.deepEqual((await api.send('/optional')).json, { sub: null });
      assert.deepEqual((await api.send('/optional', { token: await issuer.token() })).json, { sub: 'alice' });
      const { status, json } = await api.send('/optional', { token: await issuer.token({ claims: { exp: 1 } }) });
      assert.deepEqual([status, json.reason], [401, 'token_expired']);
    });

    it('gives each request claims of its own', async () => {
      const token = await issuer.token();
      const first = await api.send('/changed', { token });
      const second = await api.send('/changed', { token });
      assert.equal(first.json.after, 'mallory');
      assert.equal(second.json.before, first.json.before);
      assert.doesNotMatch(second.json.before, /mallory|admin/);
    });

    it('lets nobody pass whose `req.auth` it cannot set', async () => {
      const token = await issuer.token();
      for (const turn of ['first, while keys are fetched', 'then at once']) {
        const { status, json } = await api.send('/fixed', { token });
        assert.deepEqual([status, json.name, json.message], [599, 'TypeError', '`req.auth` cannot be set'], turn);
      }
    });

    it('behaves as a plain object', async () => {
      const { json } = await api.send('/shape', { token: await issuer.token() });
      assert.deepEqual(json.keys, ['header', 'payload', 'token']);
      assert.equal(json.spread.payload.sub, 'alice');
      assert.equal(json.spread.header.alg, 'RS256');
      assert.deepEqual(json.replaced, { replaced: true });
    });

    it('refuses by the claim, in the words of old', async () => {
      const other = await keyPair();
      const hour = 3600;
      const now = Math.floor(Date.now() / 1000);
      for (const [options, message, reason] of [
        [{ claims: { aud: 'other' } }, "Unexpected 'aud' value", 'audience_mismatch'],
        [{ unset: ['aud'] }, "Unexpected 'aud' value", 'claim_missing'],
        [{ claims: { iss: 'https://other.example' } }, "Unexpected 'iss' value", 'issuer_unknown'],
        [{ unset: ['iss'] }, "Unexpected 'iss' value", 'issuer_missing'],
        [{ claims: { exp: now - hour } }, '"exp" claim timestamp check failed', 'token_expired'],
        [{ unset: ['exp'] }, "Unexpected 'exp' value", 'claim_missing'],
        [{ claims: { nbf: now + hour } }, '"nbf" claim timestamp check failed', 'token_not_yet_valid'],
        [{ claims: { iat: now + hour } }, "Unexpected 'iat' value", 'token_issued_in_future'],
        [{ header: { typ: 'dpop+jwt' } }, TYPE, 'token_type_mismatch'],
        [{ header: { typ: 'JWT' }, claims: { at_hash: 'a' } }, TYPE, 'token_type_mismatch'],
        [
          { header: { kid: 'unknown' }, claims: { iat: now - hour } },
          'no applicable key found in the JSON Web Key Set',
          'key_unknown',
        ],
      ]) {
        const { status, json, challenge } = await api.send('/private', { token: await issuer.token(options) });
        assert.deepEqual([status, json.message, json.reason], [401, message, reason]);
        assert.deepEqual([json.name, json.code], ['InvalidTokenError', 'invalid_token']);
        assert.equal(
          challenge,
          `Bearer realm="api", error="invalid_token", error_description="${message.replace(/"/g, "'")}"${AND_DPOP}`,
        );
      }
      const forged = await sign(other, issuer.issuer);
      const { status, json } = await api.send('/private', { token: forged });
      assert.deepEqual(
        [status, json.message, json.reason],
        [401, 'signature verification failed', 'signature_invalid'],
      );
    });
  });
}
