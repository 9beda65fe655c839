// A real browser: Chromium, from Debian's packages where it is not there yet.

import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { chromium } from 'playwright-core';

const HELP = 'this test needs Chromium; install it, on Debian and its kin with `apt-get install chromium`';

export function startBrowser() {
  const executablePath = find() ?? install() ?? fail();
  // Without these it looks for hosts of its maker at every start. A test may run as root, which its sandbox refuses.
  const args = [
    '--no-sandbox',
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
  ];
  return chromium.launch({ executablePath, args });
}

function find() {
  const folders = [...(process.env.PATH ?? '').split(path.delimiter), '/usr/bin'];
  const names = ['chromium', 'chromium-browser', 'google-chrome'];
  return folders.flatMap((folder) => names.map((name) => path.join(folder, name))).find((file) => existsSync(file));
}

function install() {
  const aptGet = (...args) =>
    spawnSync('apt-get', args, { stdio: 'ignore', env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } });
  aptGet('update', '-qq');
  aptGet('install', '-y', '-qq', '--no-install-recommends', 'chromium');
  return find();
}

function fail() {
  throw new Error(HELP);
}
