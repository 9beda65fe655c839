// The hosts of a provider, behind a forward proxy: real names, real TLS, by a certificate authority that is made here.

import { once } from 'node:events';
import { createServer, request as httpRequest } from 'node:http';
import https from 'node:https';
import { connect as connectTls } from 'node:tls';
import { certificateAuthority } from './client.mjs';

/** Serves `documents`: whole answers `{ status, headers, body }` by URL. Every other path is a page that says so. */
export async function startInternet(documents) {
  const authority = certificateAuthority();
  const hosts = [...new Set([...documents.keys()].map((url) => new URL(url).hostname))];
  const { pem: cert, key } = authority.issue(hosts.length > 0 ? hosts : ['nowhere.invalid']);
  const unread = new Set(documents.keys());
  const web = https.createServer({ cert, key }, (req, res) => {
    const url = `https://${req.headers.host}${req.url}`;
    unread.delete(url);
    const { status, headers, body } = documents.get(url) ?? {
      status: 404,
      headers: {},
      body: '<!doctype html><title>Not found</title>',
    };
    res.writeHead(status, { connection: 'close', ...headers }).end(body);
  });
  // CONNECT (RFC 9110 §9.3.6): what follows is TLS.
  const proxy = createServer((_req, res) => res.writeHead(405).end());
  proxy.on('connect', (req, socket) => {
    if (!req.url.endsWith(':443')) return socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
    socket.on('error', () => {});
    socket.write('HTTP/1.1 200 OK\r\n\r\n');
    return web.emit('connection', socket);
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  const { port } = proxy.address();
  return {
    /** The agent that an operator behind such a proxy gives to `auth()`. */
    agent: new ProxyAgent(port, authority.pem),
    unread,
    close: () => new Promise((resolve) => proxy.close(resolve)),
  };
}

class ProxyAgent extends https.Agent {
  #port;

  constructor(port, ca) {
    super({ ca, keepAlive: false });
    this.#port = port;
  }

  createConnection(options, callback) {
    const { host, port, ca } = options;
    const tunnel = httpRequest({
      host: '127.0.0.1',
      port: this.#port,
      method: 'CONNECT',
      path: `${host}:${port}`,
      agent: false,
    });
    tunnel.once('connect', (_answer, socket) => callback(null, connectTls({ socket, servername: host, ca })));
    tunnel.once('error', callback);
    tunnel.end();
  }
}
