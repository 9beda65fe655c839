// Nothing of a token, and nothing a stranger wrote, gets into an error, an answer or a log.

import assert from 'node:assert/strict';
import diagnostics from 'node:diagnostics_channel';
import { after, before, describe, it } from 'node:test';
import { inspect } from 'node:util';
import {
  auth,
  authorize,
  claimEquals,
  claimIncludes,
  errorHandler,
  organization,
  requiredScopes,
  requireOrganization,
  scopes,
} from 'bearward/express';
import { secure } from 'bearward/express-oauth-jwt';
import { createRemoteJWKSet } from 'jose';
import { serve } from './app.mjs';
import { AUDIENCE, keyPair, sign, startIssuer } from './issuer.mjs';

const MARK = 'hush';
const SECRET = `${MARK}: a secret that is as long as the hash of HS256`;

/** Whatever is written meanwhile. */
async function written(during) {
  const lines = [];
  const streams = [process.stdout, process.stderr];
  const writes = streams.map((stream) => stream.write);
  for (const stream of streams) {
    stream.write = (text, ...rest) => {
      lines.push(String(text));
      rest.find((one) => typeof one === 'function')?.();
      return true;
    };
  }
  try {
    await during();
  } finally {
    streams.forEach((stream, at) => {
      stream.write = writes[at];
    });
  }
  return lines.join('');
}

describe('nothing of a token', () => {
  let issuer;
  let down;
  let api;
  let errors;
  const events = [];
  before(async () => {
    issuer = await startIssuer();
    down = await startIssuer();
    down.state.answer = (_req, res) => res.writeHead(500).end(MARK);
    const options = { issuerBaseURL: issuer.url, audience: AUDIENCE };
    api = await serve((app) => {
      const done = (_req, res) => res.end();
      app.use('/plain', auth(options), done);
      app.use('/strict', auth({ ...options, strict: true, maxTokenAge: 60, validators: { sub: 'bob' } }), done);
      app.use(
        '/secret',
        auth({ issuer: 'https://symmetric.example', secret: SECRET, tokenSigningAlg: 'HS256', audience: AUDIENCE }),
        done,
      );
      app.use('/observed', auth({ ...options, observe: (event) => events.push(event) }), done);
      app.use('/down', auth({ issuerBaseURL: down.url, audience: AUDIENCE }), done);
      app.use('/several', auth({ audience: AUDIENCE, mcd: { issuers: [issuer.url] } }), done);
      app.use('/checks/scopes', auth(options), requiredScopes('admin'), done);
      app.use('/checks/equals', auth(options), claimEquals('role', 'admin'), done);
      app.use('/checks/includes', auth(options), claimIncludes('role', 'admin'), done);
      app.use('/checks/core', auth(options), authorize(scopes('admin')), done);
      app.get('/checks/organization/:org', auth(options), requireOrganization({ fromPath: 'org' }), done);
      app.get('/checks/member/:org', auth(options).require(organization({ fromPath: 'org' })), done);
      app.use(
        '/curity',
        secure(createRemoteJWKSet(new URL(issuer.jwksUri)), {
          issuer: issuer.issuer,
          audience: AUDIENCE,
          scope: ['admin'],
        }),
        done,
      );
      app.use((error, _req, _res, next) => {
        errors.push(error);
        next(error);
      });
      app.use('/plain', errorHandler({ words: 'core' }));
      app.use('/checks', errorHandler({ body: 'problem' }));
    });
  });
  after(async () => {
    for (const server of [api, issuer, down]) await server.close();
  });

  it('gets into an error, an answer, the channel of fetches, or what the process writes', async () => {
    errors = [];
    events.length = 0;
    const fetched = [];
    const listen = (message) => fetched.push(message);
    diagnostics.subscribe('bearward:fetch', listen);
    const stranger = await keyPair('RS256', MARK);
    const secret = (text) => ({ alg: 'HS256', kid: MARK, privateKey: new TextEncoder().encode(text) });
    const marked = { sub: MARK, jti: MARK, client_id: MARK, scope: MARK, role: MARK, organization_id: MARK };
    const tokens = [
      ...(await Promise.all(
        [
          { claims: marked },
          { claims: { ...marked, exp: 1 } },
          { claims: { ...marked, aud: MARK } },
          { claims: { ...marked, aud: { [MARK]: 1 } } },
          { claims: { ...marked, iss: `https://${MARK}.example` } },
          { claims: { ...marked, nbf: MARK } },
          { claims: { ...marked, iat: 9e9 } },
          { claims: marked, header: { kid: MARK } },
          { claims: marked, header: { typ: MARK } },
          { claims: marked, header: { jku: `https://${MARK}.example` } },
          { claims: { ...marked, cnf: { jkt: MARK } } },
          { claims: { ...marked, [MARK]: MARK }, unset: ['exp'] },
        ].map((options) => issuer.token(options)),
      )),
      await down.token({ claims: marked }),
      await sign(stranger, issuer.issuer, { claims: marked }),
      await sign(secret(SECRET), 'https://symmetric.example', { claims: { ...marked, exp: 1 } }),
      await sign(secret(`another ${SECRET}`), 'https://symmetric.example', { claims: marked }),
      MARK,
      `${MARK}.${MARK}.${MARK}`,
      `${MARK}"\\ ${MARK}`,
      MARK.repeat(3000),
    ];
    const paths = [
      '/plain',
      '/strict',
      '/secret',
      '/observed',
      '/down',
      '/several',
      '/checks/scopes',
      '/checks/equals',
      '/checks/includes',
      '/checks/core',
      '/checks/organization/x',
      '/checks/member/x',
      '/curity',
    ];
    const answers = [];
    const output = await written(async () => {
      for (const path of paths) {
        for (const token of tokens) answers.push(await api.send(path, { token }));
      }
    });
    diagnostics.unsubscribe('bearward:fetch', listen);

    const refused = answers.filter(({ status }) => status >= 400);
    assert.ok(refused.length > 200 && errors.length > 150, `${refused.length} refused, ${errors.length} errors`);
    assert.ok(refused.every(({ status }) => [400, 401, 403, 503].includes(status)));
    assert.ok(events.length >= tokens.length, 'decisions were told');
    assert.ok(
      fetched.some(({ error }) => error instanceof Error),
      'failures were told',
    );
    const parts = tokens.flatMap((token) => token.split('.')).filter((part) => part.length > 20);
    const said = [
      ...refused.map(({ text, headers }) => text + JSON.stringify(headers)),
      ...errors.map((error) => inspect(error, { depth: 8, showHidden: true }) + error.stack + JSON.stringify(error)),
      ...events.map((event) => inspect(event, { depth: 8, showHidden: true })),
      ...fetched.map((message) => inspect(message, { depth: 8, showHidden: true })),
      output,
    ];
    for (const text of said) {
      assert.ok(!text.includes(MARK), text);
      const part = parts.find((one) => text.includes(one));
      assert.equal(part, undefined, text);
    }
  });
});
