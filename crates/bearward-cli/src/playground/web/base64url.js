// Base64url without padding (RFC 7515 §2).

const text = new TextDecoder('utf-8', { fatal: true });

export function encode(bytes) {
  const binary = Array.from(new Uint8Array(bytes), (byte) => String.fromCharCode(byte)).join('');
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
}

export const encodeJson = (value) => encode(new TextEncoder().encode(JSON.stringify(value)));

/** The JSON in one part of a token; `undefined` where there is none. */
export function decodeJson(part) {
  try {
    const binary = atob(part.replaceAll('-', '+').replaceAll('_', '/'));
    return JSON.parse(text.decode(Uint8Array.from(binary, (character) => character.charCodeAt(0))));
  } catch {
    return undefined;
  }
}
