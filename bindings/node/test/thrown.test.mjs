// What functions of the application's throw: the request is refused, never passed, and the process lives.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { auth, claimCheck } from 'bearward/express';
import { secure } from 'bearward/express-oauth-jwt';
import { EXPRESS, serve } from './app.mjs';
import { dpopClient, proofOf } from './client.mjs';
import { AUDIENCE, keyPair, sign, startIssuer } from './issuer.mjs';

/** `undefined` and `null` let a request pass where Express's `next` gets them, and these names lead elsewhere. */
const THROWN = {
  'an error': new Error('mine'),
  undefined: undefined,
  null: null,
  zero: 0,
  text: 'mine',
  route: 'route',
  router: 'router',
};

for (const [version, framework] of EXPRESS) {
  describe(`an error behind the middlewares, ${version}`, () => {
    it('reaches the error handlers once, as a refusal does, with keys in hand or not', async () => {
      const issuer = await startIssuer();
      const told = [];
      const handled = [];
      const listen = (reason) => told.push(reason);
      process.on('unhandledRejection', listen);
      const base = { issuerBaseURL: issuer.url, audience: AUDIENCE };
      const warm = auth(base);
      const fails = () => {
        throw new Error('mine');
      };
      const api = await serve((app) => {
        app.get(
          '/warm',
          warm,
          claimCheck(() => true),
          claimCheck(async () => true),
          fails,
        );
        app.get('/cold', (req, res, next) => auth(base)(req, res, next), fails);
        app.get(
          '/awaiting',
          async (req, res, next) => {
            await warm(req, res, next);
          },
          fails,
        );
        if (version === 'Express 5') app.get('/asynchronous', warm, async () => fails());
        app.use((error, req, _res, next) => {
          handled.push([req.path, error.name]);
          next(error);
        });
      }, framework);
      const paths = ['/warm', '/cold', '/awaiting', ...(version === 'Express 5' ? ['/asynchronous'] : [])];
      for (let round = 0; round < 2; round += 1) {
        for (const path of paths) {
          for (const [token, status, name] of [
            [await issuer.token(), 599, 'Error'],
            [undefined, 401, 'UnauthorizedError'],
            ['a.b.c', 401, 'InvalidTokenError'],
          ]) {
            handled.length = 0;
            assert.equal((await api.send(path, { token })).status, status, path);
            await new Promise((resolve) => setImmediate(resolve));
            assert.deepEqual(handled, [[path, name]]);
          }
        }
      }
      process.off('unhandledRejection', listen);
      assert.deepEqual(told, []);
      await api.close();
      await issuer.close();
    });
  });

  describe(`what the application throws, ${version}`, () => {
    let issuer;
    let api;
    let client;
    before(async () => {
      issuer = await startIssuer();
      client = await dpopClient();
      const base = { issuerBaseURL: issuer.url, audience: AUDIENCE };
      const throwing = (value) => () => {
        throw value;
      };
      const rejecting = (value) => async () => {
        throw value;
      };
      const answer = (_req, res) => res.json({ data: 'secret' });
      api = await serve((app) => {
        for (const [name, value] of Object.entries(THROWN)) {
          for (const [way, fails] of [
            ['throws', throwing(value)],
            ['rejects', rejecting(value)],
          ]) {
            const path = (kind) => `/${encodeURIComponent(kind)}/${encodeURIComponent(name)}/${way}`;
            app.get(path('validator'), auth({ ...base, validators: { sub: fails } }), answer);
            app.get(path('claimCheck'), auth(base), claimCheck(fails), answer);
            app.get(path('resolver'), auth({ audience: AUDIENCE, mcd: { issuers: fails } }), answer);
            app.get(path('getKey'), secure(fails, { issuer: issuer.issuer, audience: AUDIENCE }), answer);
            app.get(path('replayStore'), auth({ ...base, replayStore: { claim: fails } }), answer);
            app.get(path('revocation'), auth({ ...base, revocation: { entries: fails } }), answer);
            app.get(path('getCertificate'), auth({ ...base, getCertificate: fails }), answer);
          }
        }
        // Where `next('route')` would lead.
        app.use((_req, res) => res.json({ data: 'secret' }));
      }, framework);
    });
    after(async () => {
      await api.close();
      await issuer.close();
    });

    it('refuses the request, with 500 or 503', async () => {
      for (const name of Object.keys(THROWN)) {
        for (const way of ['throws', 'rejects']) {
          for (const kind of ['validator', 'claimCheck', 'resolver', 'getKey', 'replayStore', 'revocation']) {
            const path = `/${kind}/${encodeURIComponent(name)}/${way}`;
            const token = await issuer.token({ claims: kind === 'replayStore' ? { cnf: { jkt: client.jkt } } : {} });
            const url = `http://127.0.0.1:${api.port}${path}`;
            const headers =
              kind === 'replayStore'
                ? { authorization: `DPoP ${token}`, dpop: await proofOf(client, { url, token }) }
                : {};
            const { status, text } = await api.send(path, { headers, ...(kind !== 'replayStore' && { token }) });
            const own = ['validator', 'claimCheck', 'resolver'].includes(kind);
            // The test's error handler answers 599 for an error that has no status.
            const expected = !own ? 503 : name === 'an error' ? 599 : 500;
            assert.equal(status, expected, `${path}: ${text}`);
          }
        }
      }
    });

    it('takes a certificate that cannot be had for none, and a promise of one for a mistake', async () => {
      const token = await issuer.token({ claims: { cnf: { 'x5t#S256': 'A'.repeat(43) } } });
      for (const name of Object.keys(THROWN)) {
        const path = `/getCertificate/${encodeURIComponent(name)}`;
        assert.equal((await api.send(`${path}/throws`, { token })).status, 400, name);
        assert.ok((await api.send(`${path}/rejects`, { token })).status >= 400, name);
      }
    });
  });
}

describe('another global Promise than that of async functions', () => {
  it('makes no undecided request a decided one', async () => {
    const issuer = await startIssuer();
    try {
      const tokens = [await issuer.token(), await sign(await keyPair(), issuer.issuer)];
      const program = fileURLToPath(new URL('children/replaced-promise.mjs', import.meta.url));
      const { stdout } = await promisify(execFile)(process.execPath, [program, issuer.issuer, AUDIENCE, ...tokens]);
      const bad = 'signature_invalid';
      assert.deepEqual(JSON.parse(stdout), ['alice', 'alice', bad, bad]);
    } finally {
      await issuer.close();
    }
  });
});
