// Verifies a token of its own in a worker thread.

import { parentPort, workerData } from 'node:worker_threads';
import { importPKCS8 } from 'jose';
import { auth } from 'bearward/express';
import { AUDIENCE, sign } from '../issuer.mjs';

const key = { alg: 'RS256', kid: 'k1', privateKey: await importPKCS8(workerData.pkcs8, 'RS256') };
const issuer = 'https://issuer.example';
const handler = auth({ issuer, publicKey: workerData.pem, tokenSigningAlg: 'RS256', audience: AUDIENCE });
const ask = async (options) => {
  const authorization = `Bearer ${await sign(key, issuer, options)}`;
  return new Promise((resolve) =>
    handler({ headers: { authorization }, url: '/' }, {}, (error) => resolve(error?.reason ?? 0)),
  );
};
parentPort.postMessage([await ask(), await ask({ claims: { aud: 'other' } })]);
