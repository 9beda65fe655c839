// Programs that others wrote, from the folders of `interop`, each a process that is known by what it prints.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const INTEROP = new URL('../../../../../interop/', import.meta.url);
const OIDC_PROVIDER = new URL('oidc-provider/', INTEROP);
const PYTHON = process.platform === 'win32' ? '.venv/Scripts/python.exe' : '.venv/bin/python';

const START_TIMEOUT = 30 * 1000;

/** What the middleware reads of the environment must come from the test alone. */
const SETTINGS = [
  'ISSUER',
  'ISSUER_BASE_URL',
  'JWKS_URI',
  'AUDIENCE',
  'SECRET',
  'TOKEN_SIGNING_ALG',
  'PORT',
  'CLIENT_ID',
  'CLIENT_SECRET',
];

function inherited() {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !SETTINGS.includes(name)));
}

/** A child process and what it has said so far. */
export class Program {
  #child;
  #exited;
  output = '';
  errors = '';

  constructor(command, args, { cwd, env = {} }) {
    this.#child = spawn(command, args, { cwd: fileURLToPath(cwd), env: { ...inherited(), ...env } });
    this.#exited = once(this.#child, 'exit').then(([code, signal]) => ({ code, signal }));
    this.#child.stdout.setEncoding('utf8').on('data', (text) => (this.output += text));
    this.#child.stderr.setEncoding('utf8').on('data', (text) => (this.errors += text));
  }

  /** The first line that `wanted` gives something for, as that something. */
  until(wanted, timeout = START_TIMEOUT) {
    return new Promise((resolve, reject) => {
      const look = () => {
        const complete = this.output.slice(0, this.output.lastIndexOf('\n') + 1);
        const found = complete.split('\n').map(wanted).find(Boolean);
        if (found) end(resolve, found);
      };
      const end = (settle, value) => {
        clearTimeout(timer);
        this.#child.stdout.off('data', look);
        settle(value);
      };
      const timer = setTimeout(() => end(reject, new Error(`not ready after ${timeout} ms:\n${this.errors}`)), timeout);
      this.#child.stdout.on('data', look);
      this.#exited.then(({ code }) => end(reject, new Error(`ended with ${code}, not ready:\n${this.errors}`)));
      look();
    });
  }

  /** Ends it; resolves to `{ code, signal }`. */
  stop(signal = 'SIGTERM') {
    this.#child.kill(signal);
    return this.#exited;
  }

  exited() {
    return this.#exited;
  }
}

/** `oidc-provider`, an authorization server nobody here wrote; resolves to the program with its `issuer`, and with the
 * private keys of resource servers that authenticate with one, as JWKs. */
export async function runOidcProvider(...args) {
  if (!existsSync(new URL('node_modules', OIDC_PROVIDER))) {
    throw new Error(`run \`npm ci\` in ${fileURLToPath(OIDC_PROVIDER)} first`);
  }
  const program = new Program(process.execPath, ['server.mjs', ...args], { cwd: OIDC_PROVIDER });
  const { issuer, assertionKeys } = await program.until((line) => line && JSON.parse(line));
  return Object.assign(program, { issuer, assertionKeys });
}

/** A server in Python of one of the folders in `interop`; resolves to the program with its `issuer`. `cargo xtask test interop`
 * installs what it needs. */
export async function runPythonServer(folder, ...args) {
  const cwd = new URL(`${folder}/`, INTEROP);
  const own = new URL(PYTHON, cwd);
  const program = new Program(existsSync(own) ? fileURLToPath(own) : 'python3', ['server.py', ...args], { cwd });
  const { issuer } = await program.until((line) => line && JSON.parse(line));
  return Object.assign(program, { issuer });
}

/** A DPoP client that others wrote, on its errand; resolves to what it reports. */
export async function runDpopClient(client, { issuer, resource, url }) {
  const cwd = new URL('dpop-clients/', INTEROP);
  const program = client.endsWith('.py') ? fileURLToPath(new URL(PYTHON, cwd)) : process.execPath;
  const errand = [
    '--client',
    'dpop',
    '--scope',
    'read:messages',
    '--issuer',
    issuer,
    '--resource',
    resource,
    '--url',
    url,
  ];
  const run = new Program(program, [client, ...errand], { cwd });
  await run.exited();
  return run.output
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
}

/** An access token by client credentials (RFC 6749 §4.4); the client's secret is its name with `-secret`. Headers are
 * what the token is to be bound to. */
export async function fetchToken(issuer, client, parameters, headers = {}) {
  const metadata = await metadataOf(issuer);
  const body = new URLSearchParams({
    grant_type: 'client_credentials',
    client_id: client,
    client_secret: `${client}-secret`,
    ...parameters,
  });
  const response = await fetch(metadata.token_endpoint, { method: 'POST', body, headers });
  const { access_token: token, error } = await response.json();
  if (token === undefined) throw new Error(`no token for ${client}: ${error}`);
  return token;
}

/** Takes a token of this client back (RFC 7009). */
export async function revokeToken(issuer, client, token) {
  const { revocation_endpoint: endpoint } = await metadataOf(issuer);
  const body = new URLSearchParams({ token, client_id: client, client_secret: `${client}-secret` });
  const { status } = await fetch(endpoint, { method: 'POST', body });
  if (status !== 200) throw new Error(`the token of ${client} was not revoked: ${status}`);
}

async function metadataOf(issuer) {
  return (await fetch(`${issuer}/.well-known/openid-configuration`)).json();
}
