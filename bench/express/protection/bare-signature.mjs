import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { refused } from './keys.mjs';

const { BareSignature } = createRequire(import.meta.url)('../../../bindings/node/target/bare-signature/addon.node');

const UNCOMPRESSED_POINT = 0x04;

/** The least that any check of a new token can be: the signature by the addon, with a parsed key, and nothing else. */
export function protect({ key }) {
  const bytes = readFileSync(key);
  const signature = new BareSignature(bytes[0] === UNCOMPRESSED_POINT ? 'ES256' : 'RS256', bytes);
  const check = ({ headers: { authorization } }, _res, next) => {
    next(signature.verifies(authorization ?? '') ? undefined : refused(new Error('not signed with the key')));
  };
  return [check];
}
