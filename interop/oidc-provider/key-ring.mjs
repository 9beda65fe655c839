import { generateKeyPair, randomUUID } from 'node:crypto';
import { promisify } from 'node:util';

const generate = promisify(generateKeyPair);

// One key per algorithm: RFC 8725 §3.1 asks that a key is used with one algorithm only.
const GENERATORS = {
  RS256: () => generate('rsa', { modulusLength: 2048 }),
  PS256: () => generate('rsa', { modulusLength: 2048 }),
  ES256: () => generate('ec', { namedCurve: 'P-256' }),
  EdDSA: () => generate('ed25519'),
};

export const ALGORITHMS = Object.keys(GENERATORS);

/**
 * The signing keys through their life: published ahead of use, active, retired but still
 * published, gone. A generation is an array of private JWKs, one per algorithm.
 */
export class KeyRing {
  #active;
  #next = [];
  #retired = [];

  static async create() {
    const ring = new KeyRing();
    ring.#active = await generation();
    return ring;
  }

  /** Publishes the next generation while the active one goes on signing. */
  async publish() {
    if (this.#next.length === 0) this.#next = await generation();
  }

  /** Makes the next generation the signing one; its predecessor stays published. */
  async rotate() {
    await this.publish();
    this.#retired = [...this.#active, ...this.#retired];
    this.#active = this.#next;
    this.#next = [];
  }

  /** Stops publishing every retired key. */
  dropOld() {
    this.#retired = [];
  }

  /** The active keys come first: a signer takes the first key that fits. */
  keySet() {
    return { keys: [...this.#active, ...this.#next, ...this.#retired] };
  }

  /** Algorithm to `kid` of the key that signs now. */
  activeKeyIds() {
    return Object.fromEntries(this.#active.map((jwk) => [jwk.alg, jwk.kid]));
  }

  publishedKeyIds() {
    return this.keySet().keys.map((jwk) => jwk.kid);
  }
}

async function generation() {
  const label = randomUUID().slice(0, 8);
  return Promise.all(
    Object.entries(GENERATORS).map(async ([alg, makePair]) => {
      const { privateKey } = await makePair();
      return { ...privateKey.export({ format: 'jwk' }), alg, use: 'sig', kid: `${alg}-${label}` };
    }),
  );
}
