// An example as a person would start it, with an authorization server of these tests.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { after, before, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { AUDIENCE, startIssuer } from './issuer.mjs';

/** Starts `server.mjs` of a folder, which prints its URL; resolves to `{ base, issuer, get(path, claims), close() }`. Without
 * claims no token is sent; a text is sent as the token. */
export async function startExample(folder, ...args) {
  const issuer = await startIssuer();
  const command = ['server.mjs', '--issuer', issuer.issuer, ...args, '--port', '0'];
  const server = spawn(process.execPath, command, { cwd: fileURLToPath(folder), stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = once(server, 'exit');
  const [base] = await Promise.race([
    once(createInterface({ input: server.stdout }), 'line'),
    exited.then(([code]) => {
      throw new Error(`the example ended with ${code}`);
    }),
  ]);
  return {
    base,
    issuer,
    async get(path, claims) {
      const token = typeof claims === 'object' ? await issuer.token({ claims }) : claims;
      const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
      const response = await fetch(`${base}${path}`, { headers });
      const challenge = response.headers.get('www-authenticate');
      return { status: response.status, challenge, text: await response.text() };
    },
    async close() {
      server.kill();
      await exited;
      await issuer.close();
    },
  };
}

/** Starts the example of a folder before the tests around this call, and stops it after them. Members of what it gives are
 * there when the tests run. */
export function exampleOf(folder, ...args) {
  const example = {};
  before(async () => {
    Object.assign(example, await startExample(folder, ...args));
  });
  after(() => example.close?.());
  return example;
}

export const FOR_AUDIENCE = ['--audience', AUDIENCE];

/** The tests of an example that has the routes of the demo's API. */
export function testDemo(folder) {
  const example = exampleOf(folder, ...FOR_AUDIENCE);

  it('answers everybody where no token is needed, and a good token elsewhere', async () => {
    assert.equal((await example.get('/api/public')).status, 200);
    const { status, text } = await example.get('/api/private', {});
    assert.deepEqual([status, JSON.parse(text).sub], [200, 'alice']);
  });

  it('asks for a token where there is none, and says what is wrong with a bad one', async () => {
    const none = await example.get('/api/private');
    assert.equal(none.status, 401);
    assert.match(none.challenge, /^Bearer realm="api"/);
    assert.equal(JSON.parse(none.text).error, 'unauthorized');
    const bad = await example.get('/api/private', 'garbage');
    assert.equal(bad.status, 401);
    assert.match(bad.challenge, /error="invalid_token"/);
    assert.equal(JSON.parse(bad.text).error, 'invalid_token');
  });

  it('asks for the scope and for the organization of a route', async () => {
    const { status, challenge } = await example.get('/api/messages', {});
    assert.equal(status, 403);
    assert.match(challenge, /error="insufficient_scope".*scope="read:messages"/);
    assert.equal((await example.get('/api/messages', { scope: 'read:messages' })).status, 200);
    const member = { organization_id: 'acme' };
    assert.equal((await example.get('/api/organizations/acme', member)).status, 200);
    assert.equal((await example.get('/api/organizations/other', member)).status, 403);
  });
}
