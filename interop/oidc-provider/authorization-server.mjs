// The process under test, spoken to like the tests in Rust do.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createPublicKey, verify } from 'node:crypto';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const SERVER = fileURLToPath(new URL('./server.mjs', import.meta.url));
export const API = 'https://api.example.com';

export class AuthorizationServer {
  static async start(...args) {
    const server = new AuthorizationServer();
    server.process = spawn(process.execPath, [SERVER, ...args], { stdio: ['pipe', 'pipe', 'ignore'] });
    server.exited = once(server.process, 'exit');
    server.lines = createInterface({ input: server.process.stdout })[Symbol.asyncIterator]();
    server.ready = await server.hear();
    return server;
  }

  async hear() {
    const { value, done } = await this.lines.next();
    return done ? undefined : JSON.parse(value);
  }

  tell(command) {
    this.process.stdin.write(`${command}\n`);
    return this.hear();
  }

  get(path) {
    return fetch(this.ready.issuer + path).then((response) => response.json());
  }

  post(path, parameters, headers = {}) {
    const body = new URLSearchParams(parameters);
    return fetch(this.ready.issuer + path, { method: 'POST', body, headers });
  }

  async token(client, resource, scope = '', headers = {}, more = {}) {
    const parameters = {
      grant_type: 'client_credentials',
      client_id: client,
      client_secret: `${client}-secret`,
      resource,
      scope,
      ...more,
    };
    const response = await this.post('/token', parameters, headers);
    const nonce = response.headers.get('dpop-nonce');
    return { status: response.status, ...(nonce && { nonce }), ...(await response.json()) };
  }

  /** The header and claims of a token whose signature holds under a published key. */
  async verified(token) {
    const [header, claims, signature] = token.split('.');
    const { alg, kid, typ } = parse(header);
    const jwk = (await this.get('/jwks')).keys.find((key) => key.kid === kid);
    assert.ok(jwk, `${kid} is not published`);
    const key = createPublicKey({ key: jwk, format: 'jwk' });
    const [hash, options] = {
      RS256: ['sha256', {}],
      PS256: ['sha256', { padding: 6, saltLength: 32 }],
      ES256: ['sha256', { dsaEncoding: 'ieee-p1363' }],
      EdDSA: [null, {}],
    }[alg];
    const input = Buffer.from(`${header}.${claims}`);
    assert.ok(verify(hash, input, { key, ...options }, Buffer.from(signature, 'base64url')), alg);
    return { alg, kid, typ, ...parse(claims) };
  }

  async stop() {
    this.process.stdin.end();
    assert.deepEqual(await this.exited, [0, null]);
  }
}

export function parse(part) {
  return JSON.parse(Buffer.from(part, 'base64url').toString());
}
