// The conformance suite of this repository, against an API in this process.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';

const REPOSITORY = fileURLToPath(new URL('../../../', import.meta.url));

/** The variable that names the server of each kind beside the usual one. */
const KINDS = { with_nonces: 'NONCES_URL', with_introspection: 'INTROSPECTION_URL' };

/** How an API authenticates that asks about opaque tokens. */
export const CLIENT = { clientId: 'api', clientSecret: 'api-secret' };

/** Runs every case. `start(issuer, kind)` starts the API, `kind` being `usual`, `with_nonces` or `with_introspection`, and
 * resolves to `{ port, close() }`; `undefined` where there is no such API. `target` is the name that `exceptions.json` knows it by.
 * `challenges` are written in a header each (`separate`), or all in one (`joined`). Throws what failed. */
export async function conforms(target, challenges, start) {
  // The suite serves its authorization server there.
  const issuerPort = await freePort();
  const issuer = `http://127.0.0.1:${issuerPort}`;
  const started = [];
  try {
    const usual = await start(issuer, 'usual');
    started.push(usual);
    const others = {};
    for (const [kind, variable] of Object.entries(KINDS)) {
      const other = await start(issuer, kind);
      if (other === undefined) continue;
      started.push(other);
      others[variable] = `http://127.0.0.1:${other.port}`;
    }
    await run({
      TARGET: target,
      CHALLENGES: challenges,
      ISSUER_PORT: String(issuerPort),
      URL: `http://127.0.0.1:${usual.port}`,
      ...others,
    });
  } finally {
    await Promise.all(started.map((one) => one.close()));
  }
}

async function run(variables) {
  const given = Object.entries(variables).map(([name, value]) => [`BEARWARD_CONFORMANCE_${name}`, value]);
  const env = { ...process.env, ...Object.fromEntries(given), RUST_BACKTRACE: '0' };
  // Built first, unless a variable names it.
  const { BEARWARD_CONFORMANCE_PROGRAM: built, CARGO: cargo = 'cargo' } = process.env;
  const [command, ...first] = built
    ? [built]
    : [cargo, 'test', '-q', '-p', 'bearward-tests', '--test', 'conformance', '--'];
  const suite = spawn(command, [...first, 'every_case'], { cwd: REPOSITORY, env });
  let report = '';
  for (const stream of [suite.stdout, suite.stderr]) {
    stream.setEncoding('utf8').on('data', (text) => {
      report += text;
    });
  }
  const [code] = await once(suite, 'close');
  if (code !== 0) throw new Error(`the conformance suite does not hold for ${variables.TARGET}:\n${report}`);
}

/** Taken and let go. */
async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}
