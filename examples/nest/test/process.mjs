// The example as a person would start it.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const cwd = fileURLToPath(new URL('..', import.meta.url));

/** Resolves to `{ base, port, close() }` when it listens. */
export async function startExample(...args) {
  const command = ['--max-http-header-size=65536', 'target/main.js', ...args, '--port', '0'];
  const child = spawn(process.execPath, command, { cwd, stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = once(child, 'exit');
  const lines = createInterface({ input: child.stdout });
  const [base] = await Promise.race([
    once(lines, 'line'),
    exited.then(([code]) => {
      throw new Error(`the example ended with ${code}`);
    }),
  ]);
  return {
    base,
    port: Number(new URL(base).port),
    async close() {
      child.kill();
      await exited;
    },
  };
}
