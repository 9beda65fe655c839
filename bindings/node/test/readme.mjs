// The code of the README, as a newcomer would paste it into a file and start it.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { startIssuer } from './issuer.mjs';

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');

/** The pieces of code of a section. */
export function piecesBelow(heading) {
  const section = readme.split(`\n## ${heading}\n`)[1]?.split('\n## ')[0];
  assert.ok(section, `README.md has a section ${heading}`);
  return [...section.matchAll(/```js\n([\s\S]*?)```/g)].map(([, code]) => code);
}

/** Has a directory for a newcomer's project, and an issuer. Modules are found from within `folder`. */
export async function inProject(folder, use) {
  const issuer = await startIssuer();
  const project = mkdtempSync(path.join(folder, 'readme-'));
  /** Pastes code into a file; its path. */
  const paste = (name, code) => {
    const file = path.join(project, name);
    writeFileSync(file, code.replace('https://YOUR_ISSUER', issuer.url));
    return file;
  };
  try {
    await use({ issuer, paste });
  } finally {
    rmSync(project, { recursive: true, force: true });
    await issuer.close();
  }
}

/** Starts the first piece of a section as a file of this name, and tells where it listens. It is asked `attempts` times
 * whether it does. */
export function started({ folder, heading, name, attempts = 200 }, use) {
  return inProject(folder, async ({ issuer, paste }) => {
    const port = await freePort();
    const file = paste(name, piecesBelow(heading)[0].replace('3001', String(port)));
    const app = spawn(process.execPath, [file], { cwd: path.dirname(file), stdio: ['ignore', 'ignore', 'inherit'] });
    try {
      const base = `http://127.0.0.1:${port}`;
      await listening(base, attempts);
      await use({ issuer, base });
    } finally {
      app.kill();
      await once(app, 'exit');
    }
  });
}

/** The headers of a request with a token of these claims; without claims, without a token. */
export async function bearing(issuer, claims) {
  const token = claims && (await issuer.token({ claims: { aud: 'https://my-api.example.com', ...claims } }));
  return token ? { authorization: `Bearer ${token}` } : {};
}

async function freePort() {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

async function listening(base, attempts) {
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    try {
      await fetch(base);
      return;
    } catch {
      await pause(50);
    }
  }
  throw new Error('the example does not listen');
}
