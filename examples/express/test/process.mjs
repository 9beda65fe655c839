// The example and `bearward demo` as a person would start them: by their command line, known by what they print.

import { Program } from '../../../bindings/node/test/frameworks/interop/parties.mjs';

const EXAMPLE = new URL('../', import.meta.url);
const REPOSITORY = new URL('../../', EXAMPLE);

/** What may have to be compiled first takes its time. */
const BUILD_TIMEOUT = 15 * 60 * 1000;

/** The demo API of this example, as a process. */
export function startExample(args, env) {
  return new Program(process.execPath, ['server.mjs', ...args], { cwd: EXAMPLE, env });
}

/** The example for an issuer, listening; resolves to the program with its `base`. */
export async function runExample(issuer, audience, env) {
  const program = startExample(['--issuer', issuer, '--audience', audience, '--port', '0'], env);
  program.base = await program.until((line) => /^http:\S+$/.exec(line)?.[0]);
  return program;
}

/** `bearward demo`: the same API in Rust with an authorization server. It is built first, unless `BEARWARD_PROGRAM` names it. */
export async function runDemo() {
  const { BEARWARD_PROGRAM: built, CARGO: cargo = 'cargo' } = process.env;
  const [command, ...first] = built ? [built] : [cargo, 'run', '-q', '-p', 'bearward-cli', '--'];
  const program = new Program(command, [...first, 'demo', '--port', '0', '--issuer-port', '0'], { cwd: REPOSITORY });
  const named = (name) => (line) => new RegExp(`^${name} +(http:\\S+)`).exec(line)?.[1];
  program.base = await program.until(named('API'), BUILD_TIMEOUT);
  program.issuer = await program.until(named('authorization server'));
  // The last line of what there is to paste.
  await program.until((line) => line.includes(' explain '));
  return program;
}
