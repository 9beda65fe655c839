// Which host a request is for: one rule for issuer resolvers, organizations and DPoP proofs.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { auth, requireOrganization } from 'bearward/express';
import { EXPRESS, serve } from './app.mjs';
import { dpopClient, proofOf } from './client.mjs';
import { AUDIENCE, startIssuer } from './issuer.mjs';

/** Headers that a proxy passes on, and the URL that they name; `undefined` where they cannot be told. */
const X_FORWARDED = [
  [{}, 'http://host.example'],
  [{ 'x-forwarded-host': 'a.example' }, 'http://a.example'],
  [{ 'x-forwarded-host': 'evil.example, a.example' }, 'http://a.example'],
  [{ 'x-forwarded-host': 'e/v\\il,a.example ' }, 'http://a.example'],
  [{ 'x-forwarded-host': 'a.example:8443', 'x-forwarded-proto': 'http, HTTPS' }, 'https://a.example:8443'],
  [{ 'x-forwarded-host': 'a.example,' }, undefined],
  [{ 'x-forwarded-host': 'a.example/x?' }, undefined],
  [{ 'x-forwarded-host': 'user@a.example' }, undefined],
  [{ 'x-forwarded-host': 'a.example', 'x-forwarded-proto': 'gopher' }, undefined],
  [[['X-Forwarded-Host', 'a.example'], ['X-Forwarded-Host', 'a.example']], undefined],
  [{ 'forwarded': 'host=evil.example' }, 'http://host.example'],
];
/** Only for those that do not ask for a proof: a header that is there and empty leaves a proof's URL unknown. */
const EMPTY = [
  [{ 'x-forwarded-host': '' }, 'http://host.example'],
  [{ 'x-forwarded-host': '  ', 'x-forwarded-proto': '' }, 'http://host.example'],
];
const FORWARDED = [
  [{ 'x-forwarded-host': 'evil.example' }, 'http://host.example'],
  [{ forwarded: 'host=evil.example;proto=http, for=1.2.3.4;Host=a.example;proto=https' }, 'https://a.example'],
  [{ forwarded: 'host="a.example:8443"' }, 'http://a.example:8443'],
  [{ forwarded: 'for="[::1]:4711"' }, 'http://host.example'],
  [{ forwarded: 'host=evil.example, for=1.2.3.4' }, 'http://host.example'],
  [{ forwarded: 'for="x, host=a.example' }, undefined],
  [{ forwarded: 'host=a.example;host=a.example' }, undefined],
  [{ forwarded: 'host=a.example,' }, undefined],
  [{ forwarded: `host=a.example;${' '.repeat(8000)}?` }, undefined],
];

for (const [version, framework] of EXPRESS) {
  describe(`the host of a request, ${version}`, () => {
    let issuer;
    let client;
    const apis = {};
    const urls = [];
    before(async () => {
      [issuer, client] = [await startIssuer(), await dpopClient()];
      const base = { issuerBaseURL: issuer.url, audience: AUDIENCE };
      const issuers = ({ url }) => {
        urls.push(url.origin);
        return [issuer.issuer];
      };
      for (const trust of ['loopback', false]) {
        apis[trust] = await serve((app) => {
          app.set('trust proxy', trust);
          const answer = (_req, res) => res.json({});
          for (const forwardedHeaders of ['x-forwarded', 'forwarded']) {
            const path = (kind) => `/${kind}/${forwardedHeaders}`;
            app.use(path('resolver'), auth({ audience: AUDIENCE, forwardedHeaders, mcd: { issuers } }), answer);
            app.use(path('organization'), auth({ ...base, forwardedHeaders }), requireOrganization({ fromHost: '{organization}.example' }), answer);
            app.use(path('proof'), auth({ ...base, forwardedHeaders }), answer);
          }
        }, framework);
      }
    });
    after(async () => {
      for (const server of [...Object.values(apis), issuer]) await server.close();
    });

    const listed = (headers, ...more) => [...(Array.isArray(headers) ? headers : Object.entries(headers)), ...more];
    /** `send` names the server as `Host`; here another one must be found. */
    const named = (url, port) => url?.replace('host.example', `127.0.0.1:${port}`);

    for (const [forwardedHeaders, cases] of [['x-forwarded', X_FORWARDED], ['forwarded', FORWARDED]]) {
      it(`is the nearest proxy's word in ${forwardedHeaders} for a resolver and an organization`, async () => {
        const { send, port } = apis.loopback;
        for (const [headers, url] of forwardedHeaders === 'forwarded' ? cases : [...cases, ...EMPTY]) {
          const where = JSON.stringify(headers).slice(0, 200);
          urls.length = 0;
          const asked = await send(`/resolver/${forwardedHeaders}`, { headers: listed(headers, ['Authorization', `Bearer ${await issuer.token()}`]) });
          assert.deepEqual([asked.status, ...urls], url === undefined ? [400] : [200, named(url, port)], where);

          const organization = url === undefined ? 'a' : new URL(url).hostname.replace('.example', '');
          const token = await issuer.token({ claims: { organization_id: organization } });
          const { status } = await send(`/organization/${forwardedHeaders}`, { headers: listed(headers, ['Authorization', `Bearer ${token}`]) });
          // An organization does not depend on the scheme.
          const isKnown = url !== undefined || headers['x-forwarded-proto'] === 'gopher';
          assert.equal(status, isKnown && organization !== 'host' ? 200 : 403, where);
        }
      });

      it(`is the same for a DPoP proof, in ${forwardedHeaders}`, async () => {
        const { send, port } = apis.loopback;
        const path = `/proof/${forwardedHeaders}`;
        for (const [headers, url] of cases) {
          const token = await issuer.token({ claims: { cnf: { jkt: client.jkt } } });
          const proof = await proofOf(client, { token, url: `${named(url, port) ?? 'http://a.example'}${path}` });
          const { status } = await send(path, { headers: listed(headers, ['Authorization', `DPoP ${token}`], ['DPoP', proof]) });
          assert.equal(status, url === undefined ? 400 : 200, JSON.stringify(headers).slice(0, 200));
        }
      });

      it(`is the connection's where no proxy is trusted, in ${forwardedHeaders}`, async () => {
        const { send, port } = apis.false;
        for (const [headers] of cases) {
          urls.length = 0;
          const { status } = await send(`/resolver/${forwardedHeaders}`, { headers: listed(headers, ['Authorization', `Bearer ${await issuer.token()}`]) });
          assert.deepEqual([status, ...urls], [200, `http://127.0.0.1:${port}`]);
        }
      });
    }
  });
}
