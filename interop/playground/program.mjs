// The bearward command as a separate process.

import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const REPOSITORY = fileURLToPath(new URL('../..', import.meta.url));
/** It may have to be built first, where `BEARWARD_PROGRAM` does not name it. */
const PATIENCE = 10 * 60_000;

/** Runs `bearward` with these arguments until `pattern` finds something in its output. */
export async function bearward(args, pattern) {
  const { BEARWARD_PROGRAM: built, CARGO: cargo = 'cargo' } = process.env;
  const [command, ...first] = built ? [built] : [cargo, 'run', '-q', '-p', 'bearward-cli', '--'];
  const child = spawn(command, [...first, ...args], { cwd: REPOSITORY, stdio: ['ignore', 'pipe', 'pipe'] });
  const program = { output: '', log: '', stop: () => stop(child) };
  child.stderr.on('data', (data) => {
    program.log += data;
  });
  program.found = await new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`nothing came of ${args}: ${program.log}`)), PATIENCE);
    child.stdout.on('data', (data) => {
      program.output += data;
      const found = pattern.exec(program.output);
      if (found) {
        clearTimeout(timer);
        resolve(found[1]);
      }
    });
    child.once('exit', (code) => reject(new Error(`bearward ${args} ended with ${code}: ${program.log}`)));
  });
  return program;
}

function stop(child) {
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGINT');
  return ended;
}

/** The demo, with the address of its API and page as `base`, and its `issuer`. */
export async function startDemo(...args) {
  const program = await bearward(['demo', '--port', '0', '--no-open', ...args], /^API +(http:\S+)[\s\S]*Ctrl-C/m);
  program.base = program.found;
  program.issuer = /^authorization server +(\S+)/m.exec(program.output)[1];
  return program;
}
