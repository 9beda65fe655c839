// dpop makes proofs and nothing else: the caller keeps the nonces and repeats the request.

import * as DPoP from 'dpop';
import { answered, clientId, clientSecret, countedFetch, issuer, report, resource, scope, url } from './errand.mjs';

const keyPair = await DPoP.generateKeyPair('Ed25519');
const nonces = new Map();

/** Sends a request with a proof, and once more with the nonce that the answer to the first brings. */
async function send(target, method, headers, body, token) {
  const attempt = async () => {
    const { origin } = new URL(target);
    const proof = await DPoP.generateProof(keyPair, target, method, nonces.get(origin), token);
    const response = await countedFetch(target, { method, headers: { ...headers, DPoP: proof }, body });
    const nonce = response.headers.get('dpop-nonce');
    if (nonce !== null) nonces.set(origin, nonce);
    return response;
  };
  const response = await attempt();
  const challenge = response.headers.get('www-authenticate') ?? '';
  const wanted = challenge.includes('error="use_dpop_nonce"') || response.status === 400;
  return wanted ? attempt() : response;
}

const metadata = await (await fetch(`${issuer}/.well-known/openid-configuration`)).json();
const token = await report('token', async () => {
  const body = new URLSearchParams({
    grant_type: 'client_credentials',
    client_id: clientId,
    client_secret: clientSecret,
    resource,
    scope,
  });
  const answer = await (await send(metadata.token_endpoint, 'POST', {}, body)).json();
  return { token: answer.access_token, type: answer.token_type };
});
for (const part of ['first call', 'second call']) {
  await report(part, async () => answered(await send(url.href, 'GET', { Authorization: `DPoP ${token}` }, undefined, token)));
}
