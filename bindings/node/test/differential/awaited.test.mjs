// Every shape of call, every kind of token, with keys in hand and before the first fetch, beside the originals: a
// refused request never reaches data, a good one does, and nothing ends the process.

import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import http from 'node:http';
import process from 'node:process';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { kindsFor } from '../awaited/kinds.mjs';
import { credentials } from '../awaited/tokens.mjs';
import { AUDIENCE, startIssuer } from '../issuer.mjs';

const SERVER = fileURLToPath(new URL('../awaited/server.mjs', import.meta.url));
const FRAMEWORKS = ['Express 4', 'Express 5'];
const ENOUGH = { scope: 'read write', role: 'admin', roles: ['admin'] };
/** A refused request that gets no answer in this time is one that hangs. */
const PATIENCE = 5000;

async function start(issuer, env) {
  const shapes = JSON.stringify({ issuer: issuer.issuer, audience: AUDIENCE, jwksUri: issuer.jwksUri });
  const child = fork(SERVER, { env: { ...process.env, SHAPES: shapes, ...env }, silent: true });
  let err = '';
  child.stderr.on('data', (chunk) => {
    err += chunk;
  });
  const [ports] = await once(child, 'message');
  return { child, ports, errors: () => err };
}

const agent = new http.Agent({ keepAlive: true, maxSockets: 50 });

function ask(port, path, headers) {
  return new Promise((resolve) => {
    const request = http.get({ host: '127.0.0.1', port, path, headers, agent, timeout: PATIENCE }, (response) => {
      let text = '';
      response.on('data', (chunk) => {
        text += chunk;
      });
      response.on('error', () => resolve({ status: 'broken off', text }));
      response.on('end', () => resolve({ status: response.statusCode, text }));
    });
    request.on('timeout', () => {
      request.destroy();
      resolve({ status: 'hangs', text: '' });
    });
    request.on('error', (error) => resolve({ status: error.code, text: '' }));
  });
}

/** Sends a token in all shapes; what became of each, by shape, and what would have ended the process. */
async function sendAll({ ports }, framework, library, kind, shapes, token, keys) {
  const port = ports[FRAMEWORKS.indexOf(framework)];
  const answers = await Promise.all(
    shapes.map(async (shape, at) => {
      const path = `/${[library, kind, shape].map(encodeURIComponent).join('/')}`;
      const headers = { 'x-number': String(at), 'x-keys': keys, ...(token && { authorization: token }) };
      return [shape, await ask(port, path, headers)];
    }),
  );
  const state = JSON.parse((await ask(port, '/state', {})).text);
  const results = Object.fromEntries(
    answers.map(([shape, { status, text }], at) => {
      return [shape, { status, isReached: state.reached.includes(String(at)), isSent: text.includes('secret') }];
    }),
  );
  return { results, deaths: state.deaths };
}

const isGood = (kind, token) => token === 'good' || (token === 'not enough' && kind === 'auth()');

/** What is wrong with what became of a request. */
function faults({ status, isReached, isSent }, { isGood, admitted }) {
  if (isGood) {
    return status === 200 && isReached ? [] : ['is refused'];
  }
  const found = [];
  if (isReached || isSent) found.push('reaches data');
  if (isReached && !admitted) found.push('is more permissive than the original');
  if (!(status >= 400 && status < 500)) found.push('is not answered as a refusal');
  return found;
}

describe('every shape of call beside the originals', () => {
  let issuer;
  let sent;
  let own;
  let originals;
  const kinds = kindsFor({});
  before(async () => {
    issuer = await startIssuer();
    sent = await credentials(issuer, ENOUGH);
    [own, originals] = await Promise.all([start(issuer, { RECORD: '1' }), start(issuer, { RECORD: '1' })]);
  });
  after(async () => {
    agent.destroy();
    own.child.kill();
    originals.child.kill();
    await issuer.close();
  });

  for (const framework of FRAMEWORKS) {
    for (const keys of ['warm', 'cold']) {
      it(`lets no refused request reach data, and every good one, with ${keys} keys on ${framework}`, async () => {
        const problems = [];
        for (const [kind, { shapes, originals: packages, before: first }] of Object.entries(kinds)) {
          // Those that look at `req.auth` have no keys.
          if (keys === 'cold' && first !== undefined) continue;
          for (const [title, token] of Object.entries(sent)) {
            // A request that may pass, and that nothing waits for, is not answered.
            const names = Object.keys(shapes).filter(
              (shape) => !(isGood(kind, title) && shape === 'without next: not awaited'),
            );
            const { results, deaths } = await sendAll(own, framework, 'bearward', kind, names, token, keys);
            const others = await Promise.all(
              packages.map((one) => sendAll(originals, framework, one, kind, names, token, keys)),
            );
            problems.push(...deaths.map((death) => [kind, title, death]));
            for (const [shape, result] of Object.entries(results)) {
              const admitted = others.length === 0 || others.some((other) => other.results[shape].isReached);
              problems.push(
                ...faults(result, { shape, isGood: isGood(kind, title), admitted }).map((fault) => [
                  kind,
                  title,
                  shape,
                  result.status,
                  fault,
                ]),
              );
            }
          }
        }
        assert.deepEqual(problems, []);
      });
    }
  }

  it('ends no process that leaves an error to Node.js', async () => {
    const bare = await start(issuer, {});
    for (const framework of FRAMEWORKS) {
      for (const kind of ['auth()', 'requiredScopes()', 'secure()']) {
        for (const title of ['expired', 'unknown kid', 'none']) {
          for (const keys of ['cold', 'warm']) {
            const { results } = await sendAll(
              bare,
              framework,
              'bearward',
              kind,
              Object.keys(kinds[kind].shapes),
              sent[title],
              keys,
            );
            for (const [shape, { isReached, isSent }] of Object.entries(results))
              assert.ok(!isReached && !isSent, `${kind} ${title} ${shape}`);
          }
        }
      }
    }
    assert.equal(bare.child.exitCode, null, bare.errors());
    bare.child.kill();
  });
});
