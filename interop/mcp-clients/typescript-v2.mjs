// @modelcontextprotocol/client, version 2: revision 2026-07-28, and the older ones if it is told so.

import { Client, StreamableHTTPClientTransport, UnauthorizedError } from '@modelcontextprotocol/client';
import { Application, say, url, useTools } from './visit.mjs';

const mode = process.argv[3];
const application = new Application();
const connect = async () => {
  const transport = new StreamableHTTPClientTransport(url, { authProvider: application });
  const client = new Client({ name: 'tests', version: '2.0.0' }, { versionNegotiation: { mode } });
  try {
    await client.connect(transport);
  } catch (error) {
    if (!(error instanceof UnauthorizedError) && !(error.cause instanceof UnauthorizedError)) throw error;
    await transport.finishAuth(application.broughtBack);
    return undefined;
  }
  return client;
};

await connect();
const client = await connect();
const revision = client.getNegotiatedProtocolVersion();
say({ revision, authorizations: application.authorizations, ...(await useTools(client)) });
await client.close();
