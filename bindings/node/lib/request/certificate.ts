// The certificate that the client of a TLS connection proved to hold (RFC 8705), as DER.

import { X509Certificate } from 'node:crypto';
import type { ClientCertificate, GetCertificate } from '../options/options';
import { isUint8Array } from '../js/realm';
import { InvalidRequestError } from '../refusal/original/errors';
import { isThenable } from '../js/thenable';
import type { Request } from './request';

/** What was found: a certificate, nothing, or a value that is not a certificate. */
export interface FoundCertificate {
  der?: Buffer;
  /** To be said only where the token asks for a certificate. */
  error?: Error;
}

const PEM = /-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]+?)-----END CERTIFICATE-----/;
const PEM_START = Buffer.from('-----BEGIN');

/** Where no function of the application's finds it, the connection has it. */
export function certificateOf(req: Request, getCertificate: GetCertificate = fromConnection): FoundCertificate {
  let found: ClientCertificate | null | undefined;
  try {
    found = getCertificate(req);
  } catch {
    // Treated as absent: a token that is bound to one is refused.
    return {};
  }
  if (found === undefined || found === null) return {};
  // It is refused below. It is not awaited, and an unhandled rejection would end the process.
  if (isThenable(found)) found.then(undefined, () => {});
  try {
    return { der: derOf(found) };
  } catch (error) {
    return { error: error as Error };
  }
}

function fromConnection({ socket }: Request): Buffer | undefined {
  // Without a certificate Node.js answers with an empty object.
  return socket?.getPeerCertificate?.()?.raw;
}

function derOf(certificate: ClientCertificate): Buffer {
  const der = bytesOf(certificate);
  if (der.length === 0) throw new InvalidRequestError('Client certificate is empty', false);
  return der;
}

function bytesOf(certificate: ClientCertificate): Buffer {
  if (certificate instanceof X509Certificate) return certificate.raw;
  if (isUint8Array(certificate)) {
    const bytes = Buffer.from(certificate);
    // A file that was read without an encoding. DER begins with a sequence, 0x30, and never like this.
    return bytes.subarray(0, PEM_START.length).equals(PEM_START) ? derOfPem(bytes.toString('latin1')) : bytes;
  }
  if (typeof certificate !== 'string') {
    throw new TypeError('getCertificate must answer PEM, DER or an X509Certificate, and no promise of one');
  }
  return derOfPem(certificate);
}

function derOfPem(pem: string): Buffer {
  const base64 = PEM.exec(pem)?.[1];
  if (base64 === undefined) throw new InvalidRequestError('Client certificate is not valid PEM', false);
  return Buffer.from(base64.replace(/\s+/g, ''), 'base64');
}
