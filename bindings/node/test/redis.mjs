// A redis-server of the tests' own, on a free port.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import Redis from 'ioredis';

/** `undefined` where there is no redis-server; on a build machine that is a failure. */
export async function startRedis() {
  const port = await freePort();
  const args = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'];
  const server = spawn('redis-server', args, { stdio: ['ignore', 'pipe', 'ignore'] });
  const failed = await Promise.race([once(server, 'error').then(([error]) => error), ready(server)]);
  if (failed !== undefined) {
    if (process.env.CI) throw new Error('redis-server is not on the PATH', { cause: failed });
    return undefined;
  }
  const clients = [];
  return {
    async client() {
      const redis = new Redis({ port, host: '127.0.0.1', maxRetriesPerRequest: 1, enableOfflineQueue: false });
      clients.push(redis);
      redis.on('error', () => {});
      await once(redis, 'ready');
      return redis;
    },
    async end() {
      if (server.exitCode !== null || server.signalCode !== null) return;
      server.kill('SIGKILL');
      await once(server, 'exit');
    },
    disconnect: () => clients.forEach((redis) => redis.disconnect()),
  };
}

async function ready(server) {
  let said = '';
  for await (const chunk of server.stdout) {
    said += chunk;
    if (said.includes('Ready to accept connections')) break;
  }
}

async function freePort() {
  const holder = createServer().listen(0, '127.0.0.1');
  await once(holder, 'listening');
  const { port } = holder.address();
  await new Promise((resolve) => holder.close(resolve));
  return port;
}
