// openid-client keeps the nonces and repeats a request that lacked one, by itself.

import * as client from 'openid-client';
import { answered, clientId, clientSecret, countedFetch, issuer, report, resource, scope, url } from './errand.mjs';

const configuration = await client.discovery(new URL(issuer), clientId, undefined, client.ClientSecretPost(clientSecret), {
  // The servers of the tests speak plain HTTP on the loopback interface.
  execute: [client.allowInsecureRequests],
  [client.customFetch]: countedFetch,
});
const DPoP = client.getDPoPHandle(configuration, await client.randomDPoPKeyPair('ES256'));

const token = await report('token', async () => {
  const answer = await client.clientCredentialsGrant(configuration, { resource, scope }, { DPoP });
  return { token: answer.access_token, type: answer.token_type };
});
for (const part of ['first call', 'second call']) {
  await report(part, async () =>
    answered(await client.fetchProtectedResource(configuration, token, url, 'GET', null, undefined, { DPoP })),
  );
}
