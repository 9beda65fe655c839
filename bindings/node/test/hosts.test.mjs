// Which host a request is for: one rule for issuer resolvers, organizations and DPoP proofs.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { auth, requireOrganization } from 'bearward/express';
import { EXPRESS, serve } from './app.mjs';
import { dpopClient, proofOf } from './client.mjs';
import { AUDIENCE, startIssuer } from './issuer.mjs';

/** What is named of a trusted proxy's headers, and for each headers that it passes on with the URL that they name;
 * `undefined` where it cannot be told. */
const NAMED = {
  nothing: [
    {},
    [
      [{}, 'http://host.example'],
      [{ 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'https' }, 'http://host.example'],
      [{ 'x-forwarded-host': 'e/v', 'x-forwarded-proto': 'gopher', forwarded: ',' }, 'http://host.example'],
      [{ forwarded: 'host=evil.example;proto=https' }, 'http://host.example'],
      [{ 'x-forwarded-host': '', 'x-forwarded-proto': '', forwarded: '' }, 'http://host.example'],
    ],
  ],
  'the host': [
    { host: 'x-forwarded-host' },
    [
      [{}, undefined],
      [{ 'x-forwarded-host': 'a.example', 'x-forwarded-proto': 'https' }, 'http://a.example'],
      [{ 'x-forwarded-host': 'evil.example, a.example' }, 'http://a.example'],
      [{ 'x-forwarded-host': 'e/v\\il,a.example ' }, 'http://a.example'],
      [{ 'x-forwarded-host': '' }, undefined],
      [{ 'x-forwarded-host': 'a.example,' }, undefined],
      [{ 'x-forwarded-host': 'a.example/x?' }, undefined],
      [{ 'x-forwarded-host': 'user@a.example' }, undefined],
      [
        [
          ['X-Forwarded-Host', 'a.example'],
          ['X-Forwarded-Host', 'a.example'],
        ],
        undefined,
      ],
      [{ forwarded: 'host=a.example' }, undefined],
    ],
  ],
  'host and scheme': [
    { host: 'x-forwarded-host', proto: 'x-forwarded-proto' },
    [
      [{ 'x-forwarded-host': 'a.example:8443', 'x-forwarded-proto': 'http, HTTPS' }, 'https://a.example:8443'],
      [{ 'x-forwarded-host': 'a.example' }, undefined],
      [{ 'x-forwarded-proto': 'https' }, undefined],
      [{ 'x-forwarded-host': 'a.example', 'x-forwarded-proto': '' }, undefined],
      [{ 'x-forwarded-host': 'a.example', 'x-forwarded-proto': 'gopher' }, undefined],
    ],
  ],
  Forwarded: [
    { host: 'forwarded', proto: 'forwarded' },
    [
      [{ 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'http' }, undefined],
      [{ forwarded: 'host=evil.example;proto=http, for=1.2.3.4;Host=a.example;proto=https' }, 'https://a.example'],
      [{ forwarded: 'host="a.example:8443";proto=http' }, 'http://a.example:8443'],
      [{ forwarded: 'host=a.example' }, undefined],
      [{ forwarded: 'for="[::1]:4711"' }, undefined],
      [{ forwarded: 'host=evil.example;proto=http, for=1.2.3.4' }, undefined],
      [{ forwarded: 'for="x, host=a.example' }, undefined],
      [{ forwarded: 'host=a.example;host=a.example' }, undefined],
      [{ forwarded: 'host=a.example,' }, undefined],
      [{ forwarded: `host=a.example;${' '.repeat(8000)}?` }, undefined],
    ],
  ],
};

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
          for (const [name, [proxyHeaders]] of Object.entries(NAMED)) {
            const path = (kind) => `/${kind}/${encodeURIComponent(name)}`;
            app.use(path('resolver'), auth({ audience: AUDIENCE, proxyHeaders, mcd: { issuers } }), answer);
            app.use(
              path('organization'),
              auth({ ...base, proxyHeaders }),
              requireOrganization({ fromHost: '{organization}.example' }),
              answer,
            );
            app.use(path('proof'), auth({ ...base, proxyHeaders }), answer);
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

    it('is that of an absolute request target, which is stronger than Host', async () => {
      for (const [trust, name, headers, host] of [
        [false, 'nothing', [], 'a.example'],
        [false, 'the host', [['X-Forwarded-Host', 'evil.example']], 'a.example'],
        ['loopback', 'nothing', [['X-Forwarded-Host', 'evil.example']], 'a.example'],
        ['loopback', 'the host', [['X-Forwarded-Host', 'b.example']], 'b.example'],
      ]) {
        const { send } = apis[trust];
        const path = (kind) => `/${kind}/${encodeURIComponent(name)}`;
        const [organization] = host.split('.');
        const token = await issuer.token({ claims: { organization_id: organization } });
        const all = [...headers, ['Authorization', `Bearer ${token}`]];
        urls.length = 0;
        assert.equal((await send(`http://a.example${path('resolver')}?q`, { headers: all })).status, 200);
        assert.deepEqual(urls, [`http://${host}`]);
        assert.equal((await send(`http://a.example${path('organization')}`, { headers: all })).status, 200);

        const bound = await issuer.token({ claims: { cnf: { jkt: client.jkt } } });
        const proof = await proofOf(client, { token: bound, url: `http://${host}${path('proof')}` });
        const shown = [...headers, ['Authorization', `DPoP ${bound}`], ['DPoP', proof]];
        assert.equal((await send(`http://a.example${path('proof')}`, { headers: shown })).status, 200);
      }
      urls.length = 0;
      const headers = [['Authorization', `Bearer ${await issuer.token()}`]];
      const { status } = await apis.false.send('http://user@a.example/resolver/nothing', { headers });
      assert.deepEqual([status, urls], [400, []]);
    });

    for (const [name, [, cases]] of Object.entries(NAMED)) {
      const path = (kind) => `/${kind}/${encodeURIComponent(name)}`;

      it(`is the nearest proxy's word for a resolver and an organization, where it is named: ${name}`, async () => {
        const { send, port } = apis.loopback;
        for (const [headers, url] of cases) {
          const where = JSON.stringify(headers).slice(0, 200);
          urls.length = 0;
          const asked = await send(path('resolver'), {
            headers: listed(headers, ['Authorization', `Bearer ${await issuer.token()}`]),
          });
          assert.deepEqual([asked.status, ...urls], url === undefined ? [400] : [200, named(url, port)], where);

          const organization = url === undefined ? 'a' : new URL(url).hostname.replace('.example', '');
          const token = await issuer.token({ claims: { organization_id: organization } });
          const { status } = await send(path('organization'), {
            headers: listed(headers, ['Authorization', `Bearer ${token}`]),
          });
          // An organization does not depend on the scheme.
          const isKnown = url !== undefined || lacksSchemeAlone(headers);
          assert.equal(status, isKnown && organization !== 'host' ? 200 : 403, where);
        }
      });

      it(`is the same for a DPoP proof: ${name}`, async () => {
        const { send, port } = apis.loopback;
        for (const [headers, url] of cases) {
          const token = await issuer.token({ claims: { cnf: { jkt: client.jkt } } });
          const proof = await proofOf(client, {
            token,
            url: `${named(url, port) ?? 'http://a.example'}${path('proof')}`,
          });
          const { status } = await send(path('proof'), {
            headers: listed(headers, ['Authorization', `DPoP ${token}`], ['DPoP', proof]),
          });
          assert.equal(status, url === undefined ? 400 : 200, JSON.stringify(headers).slice(0, 200));
        }
      });

      it(`is the connection's where no proxy is trusted: ${name}`, async () => {
        const { send, port } = apis.false;
        for (const [headers] of cases) {
          urls.length = 0;
          const { status } = await send(path('resolver'), {
            headers: listed(headers, ['Authorization', `Bearer ${await issuer.token()}`]),
          });
          assert.deepEqual([status, ...urls], [200, `http://127.0.0.1:${port}`]);
        }
      });

      function lacksSchemeAlone(headers) {
        if (name === 'Forwarded') return headers.forwarded === 'host=a.example';
        return name === 'host and scheme' && headers['x-forwarded-host'] !== undefined;
      }
    }
  });
}
