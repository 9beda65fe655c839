// @ts-check
// A server of the MCP SDK behind `bearward/express`: its tools see who calls. It is compiled and run.

import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import { auth, errorHandler, protectedResourceMetadata, requiredScopes } from 'bearward/express';
import express from 'express';

/** @param {{ issuer: string, publicKey: Record<string, unknown>, resource: string }} settings */
export function mcpServer({ issuer, publicKey, resource }) {
  const api = auth({ issuer, publicKey, audience: resource, resource: { identifier: resource } });
  const app = express();
  app.use(protectedResourceMetadata(api));
  app.post('/mcp', api, requiredScopes('tools'), express.json(), async (req, res) => {
    const server = new McpServer({ name: 'whoami', version: '1.0.0' });
    server.registerTool('whoami', { description: 'Says who calls' }, async ({ authInfo }) => {
      if (authInfo === undefined) throw new Error('nobody calls');
      const { clientId, scopes, expiresAt, resource, extra } = authInfo;
      return {
        content: [
          { type: 'text', text: JSON.stringify({ clientId, scopes, expiresAt, resource, subject: extra?.['sub'] }) },
        ],
      };
    });
    const transport = new StreamableHTTPServerTransport({});
    res.on('close', () => transport.close());
    await server.connect(transport);
    await transport.handleRequest(req, res, req.body);
  });
  app.use(errorHandler());
  return app;
}
