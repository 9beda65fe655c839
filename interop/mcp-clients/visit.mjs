// What every client here does with the URL of an MCP server and nothing else.

import { allow, REDIRECT_URI } from './user.mjs';

export const url = new URL(process.argv[2]);

/** What an application has to bring to the SDK's OAuth client: a memory, and a way to the user's browser. */
export class Application {
  redirectUrl = REDIRECT_URI;
  clientMetadata = {
    client_name: 'A client of the tests',
    redirect_uris: [REDIRECT_URI],
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'],
    token_endpoint_auth_method: 'none',
  };
  authorizations = 0;
  #client;
  #tokens;
  #verifier;

  clientInformation() { return this.#client; }
  saveClientInformation(client) { this.#client = client; }
  tokens() { return this.#tokens; }
  saveTokens(tokens) { this.#tokens = tokens; }
  codeVerifier() { return this.#verifier; }
  saveCodeVerifier(verifier) { this.#verifier = verifier; }
  async redirectToAuthorization(authorizationUrl) {
    this.authorizations += 1;
    this.broughtBack = await allow(authorizationUrl);
  }
}

export function say(message) {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}

/** Lists the tools and calls two of them. */
export async function useTools(client) {
  const { tools } = await client.listTools();
  await client.callTool({ name: 'add_note', arguments: { text: 'feed the bear' } });
  const { content } = await client.callTool({ name: 'list_notes', arguments: {} });
  return { tools: tools.map(({ name }) => name), notes: content[0].text };
}
