// An example as a person would start it, with an authorization server of these tests.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { AUDIENCE, startIssuer } from './issuer.mjs';

/** Starts `server.mjs` of a folder, which prints its URL; resolves to `{ get(path, claims), close() }`. Without claims no token is
 * sent; a text is sent as the token. */
export async function startExample(folder) {
  const issuer = await startIssuer();
  const args = ['server.mjs', '--issuer', issuer.issuer, '--audience', AUDIENCE, '--port', '0'];
  const server = spawn(process.execPath, args, { cwd: fileURLToPath(folder), stdio: ['ignore', 'pipe', 'inherit'] });
  const [base] = await once(createInterface({ input: server.stdout }), 'line');
  return {
    async get(path, claims) {
      const token = typeof claims === 'object' ? await issuer.token({ claims }) : claims;
      const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
      const response = await fetch(`${base}${path}`, { headers });
      const challenge = response.headers.get('www-authenticate');
      return { status: response.status, challenge, text: await response.text() };
    },
    async close() {
      server.kill();
      await once(server, 'exit');
      await issuer.close();
    },
  };
}
