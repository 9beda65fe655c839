// @modelcontextprotocol/sdk, version 1: the revisions with a handshake.

import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { UnauthorizedError } from '@modelcontextprotocol/sdk/client/auth.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { Application, say, url, useTools } from './visit.mjs';

const application = new Application();
const connect = async () => {
  const transport = new StreamableHTTPClientTransport(url, { authProvider: application });
  const client = new Client({ name: 'tests', version: '1.0.0' });
  try {
    await client.connect(transport);
  } catch (error) {
    if (!(error instanceof UnauthorizedError)) throw error;
    await transport.finishAuth(application.broughtBack.get('code'));
    return undefined;
  }
  return { client, transport };
};

await connect();
const { client, transport } = await connect();
const { protocolVersion: revision } = transport;
say({ revision, authorizations: application.authorizations, ...(await useTools(client)) });
await client.close();
