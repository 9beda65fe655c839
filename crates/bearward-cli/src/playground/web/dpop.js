// DPoP proofs (RFC 9449 §4.2) with a key that stays in this page: it cannot be taken out of the browser.

import { encode, encodeJson } from './base64url.js';

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256' };

/** A key of the client. */
export class DpopKey {
  #pair;
  #jwk;

  static async generate() {
    const key = new DpopKey();
    key.#pair = await crypto.subtle.generateKey(ALGORITHM, false, ['sign']);
    const { kty, crv, x, y } = await crypto.subtle.exportKey('jwk', key.#pair.publicKey);
    key.#jwk = { kty, crv, x, y };
    return key;
  }

  /** A proof for one request; `token` is the access token that it goes with, if any. `age` is in seconds. */
  async proof({ method, url, token, age = 0 }) {
    const header = { typ: 'dpop+jwt', alg: 'ES256', jwk: this.#jwk };
    const claims = {
      jti: encode(crypto.getRandomValues(new Uint8Array(16))),
      htm: method,
      htu: url,
      iat: Math.floor(Date.now() / 1000) - age,
    };
    if (token !== undefined) {
      claims.ath = encode(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(token)));
    }
    const signed = `${encodeJson(header)}.${encodeJson(claims)}`;
    const signature = await crypto.subtle.sign(
      { name: 'ECDSA', hash: 'SHA-256' },
      this.#pair.privateKey,
      new TextEncoder().encode(signed),
    );
    return `${signed}.${encode(signature)}`;
  }
}
