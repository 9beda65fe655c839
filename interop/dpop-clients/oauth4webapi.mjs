// oauth4webapi keeps the nonces and says when one is wanted; the caller repeats the request.

import * as oauth from 'oauth4webapi';
import { answered, clientId, clientSecret, countedFetch, issuer, report, resource, scope, url } from './errand.mjs';

// The servers of the tests speak plain HTTP on the loopback interface.
const http = { [oauth.allowInsecureRequests]: true, [oauth.customFetch]: countedFetch };
const client = { client_id: clientId };
const keyPair = await oauth.generateKeyPair('ES256');
const DPoP = oauth.DPoP(client, keyPair);

const identifier = new URL(issuer);
const server = await oauth.processDiscoveryResponse(identifier, await oauth.discoveryRequest(identifier, http));

/** As the library's own example does it: once more, if a nonce was all that was missing. */
async function withNonce(request) {
  try {
    return await request();
  } catch (error) {
    if (!oauth.isDPoPNonceError(error)) throw error;
    return request();
  }
}

async function grant() {
  const parameters = new URLSearchParams({ resource, scope });
  const authentication = oauth.ClientSecretPost(clientSecret);
  const options = { ...http, DPoP };
  const response = await oauth.clientCredentialsGrantRequest(server, client, authentication, parameters, options);
  return oauth.processClientCredentialsResponse(server, client, response);
}

const token = await report('token', async () => {
  const { access_token: token, token_type: type } = await withNonce(grant);
  return { token, type };
});
const call = () => oauth.protectedResourceRequest(token, 'GET', url, new Headers(), null, { ...http, DPoP });
for (const part of ['first call', 'second call']) {
  await report(part, async () => answered(await withNonce(call)));
}
