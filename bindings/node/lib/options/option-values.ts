// What the options may be, each by itself.

import { strict as assert } from 'node:assert';
import { at, eachRow } from '../option-table';
import { isObject, isUint8Array } from '../js/realm';
import { RevocationList, type RevocationStore } from '../stores';
import type { IntrospectionOptions } from './introspection';
import type { AuthOptions, ClientCertificateHeader, DPoPOptions, MtlsOptions, ResolvedOptions } from './options';

/** The longest that Node.js's timers wait; what is longer, they take for a millisecond. */
const LONGEST_TIMEOUT = 2 ** 31 - 1;

/** What no number can be made of would reach the core as an absent one. */
export function checkNumbers(options: ResolvedOptions): void {
  for (const [place, { takes }] of eachRow()) {
    const value = at(options, place);
    if (value === undefined) continue;
    if (takes === 'timer') {
      assert(
        typeof value === 'number' && value <= LONGEST_TIMEOUT,
        `'${place}' must be a number of milliseconds, at most ${LONGEST_TIMEOUT}`,
      );
    } else if (takes === 'whole number') {
      assert(Number.isInteger(value) && Number(value) >= 0, `'${place}' must be a whole number`);
    } else if (takes === 'number' || takes === 'finite number') {
      assert(isNumeric(value), `'${place}' must be a number`);
      assert(Number(value) >= 0, `'${place}' must not be negative`);
      // One without an end is the longest there is.
      assert(takes === 'number' || Number.isFinite(Number(value)), `'${place}' must be a finite number`);
    }
  }
  const { maxTokenAge } = options;
  // Zero would be taken for no limit, and is what becomes of an empty variable.
  assert(
    maxTokenAge === undefined || Number(maxTokenAge) !== 0,
    "'maxTokenAge' must not be 0: leave it out where a token may have any age",
  );
}

/** A number, or the text of one, as variables have it. JavaScript makes zero of an empty text, and one of `true`. */
function isNumeric(value: unknown): boolean {
  const isText = typeof value === 'string' && value.trim() !== '';
  return (isText || typeof value === 'number') && !Number.isNaN(Number(value));
}

/** An empty variable is as false as `false`, and would let everybody in; the text `'false'` is as true as `true`, and would
 * weaken what `dangerous` names. */
export function checkSwitches(options: AuthOptions): void {
  const { observe, agent } = options;
  assert(agent === undefined || isObject(agent), "'agent' must be an http.Agent or an https.Agent");
  assert(observe === undefined || typeof observe === 'function', "'observe' must be a function");
  for (const [place, { takes }] of eachRow()) {
    const value = takes === 'switch' ? at(options, place) : undefined;
    assert(value === undefined || value === null || typeof value === 'boolean', `'${place}' must be a boolean`);
  }
}

/** A variable of the environment that is not set is the usual reason. */
export function checkCredential(introspection: IntrospectionOptions): void {
  const credentials = ['clientSecret', 'privateKey'] as const;
  const needed = 'exactly one of "clientSecret" and "privateKey" is needed';
  const present = credentials.filter((name) => introspection[name]);
  assert(present.length < 2, `Invalid introspection configuration: both are given; ${needed}`);
  const empty = credentials.find((name) => name in introspection && !introspection[name]);
  assert(
    present.length === 1 || empty === undefined,
    `Invalid introspection configuration: "${empty}" is ${introspection[empty as 'clientSecret'] === '' ? 'empty' : 'undefined'}; ${needed}`,
  );
}

type CertificateHeaderKind = ClientCertificateHeader['kind'];

/** The kinds of headers with a certificate, as the core calls their forms. */
export const CERTIFICATE_HEADERS = {
  pem: 'pem',
  'base64-der': 'base64-der',
  'client-cert': 'client-cert',
  xfcc: 'x-forwarded-client-cert',
  'x-forwarded-tls-client-cert': 'x-forwarded-tls-client-cert',
} as const satisfies Record<CertificateHeaderKind, string>;

/** The core has another form, for a certificate that is in no header. A client must not be believed by it. */
function checkCertificateHeader({ kind }: { kind?: unknown }): void {
  assert(
    typeof kind === 'string' && Object.hasOwn(CERTIFICATE_HEADERS, kind),
    `'clientCertificateHeader.kind' must be one of ${Object.keys(CERTIFICATE_HEADERS).join(', ')}`,
  );
}

export function checkSenderConstraint({
  dpop,
  mtls,
  getCertificate,
  clientCertificateHeader,
  ...rest
}: AuthOptions): void {
  if (dpop !== undefined) checkDpop(dpop);
  const finds = getCertificate !== undefined || clientCertificateHeader !== undefined;
  if (mtls !== undefined) checkMtls(mtls, finds);
  assert(
    getCertificate === undefined || typeof getCertificate === 'function',
    'Invalid mTLS configuration: "getCertificate" must be a function',
  );
  assert(
    !(getCertificate && clientCertificateHeader),
    "You must not provide both 'getCertificate' and 'clientCertificateHeader'",
  );
  if (clientCertificateHeader !== undefined) checkCertificateHeader(clientCertificateHeader);
  const { replayStore, revocation } = rest;
  assert(
    replayStore === undefined || typeof replayStore.claim === 'function',
    "'replayStore' must have a function 'claim'",
  );
  const revocations: unknown[] = revocation === undefined ? [] : [revocation].flat();
  for (const one of revocations) {
    assert(
      one instanceof RevocationList || typeof (one as Partial<RevocationStore> | null)?.entries === 'function',
      "'revocation' must be a RevocationList, or have a function 'entries'",
    );
  }
  const lists = revocations.filter((one) => one instanceof RevocationList).length;
  assert(
    revocation === undefined || revocations.length > 0,
    "'revocation' is an empty list: leave it out where no token is refused before it expires",
  );
  // What is not asked would let revoked tokens pass.
  assert(
    lists <= 1 && revocations.length - lists <= 1,
    "'revocation' takes at most one RevocationList and at most one store",
  );
}

function checkDpop(dpop: DPoPOptions): void {
  assert(isObject(dpop), 'Invalid DPoP configuration: "dpop" must be an object');
  for (const name of ['enabled', 'required'] as const) {
    const value = dpop[name];
    assert(value === undefined || typeof value === 'boolean', `Invalid DPoP option: "${name}" must be a boolean`);
  }
  for (const name of ['iatOffset', 'iatLeeway'] as const) {
    const value = dpop[name];
    assert(value === undefined || typeof value === 'number', `Invalid DPoP option: "${name}" must be a number`);
    assert(value === undefined || value >= 0, `Invalid DPoP option: "${name}" must be a non-negative number`);
  }
  const { algorithms, nonces, rememberedProofs: most } = dpop;
  assert(algorithms === undefined || Array.isArray(algorithms), 'Invalid DPoP option: "algorithms" must be an array');
  assert(
    nonces === undefined || typeof nonces === 'boolean' || (isObject(nonces) && isSecret(nonces.secret)),
    'Invalid DPoP option: "nonces" must be a boolean, or an object with a "secret"',
  );
  assert(
    most === undefined || (Number.isInteger(most) && most > 0 && most < 2 ** 32),
    'Invalid DPoP option: "rememberedProofs" must be a positive integer',
  );
  assert(
    !(dpop.enabled === false && dpop.required === true),
    'Invalid DPoP configuration: cannot set "required" to true when "enabled" is false',
  );
}

const isSecret = (value: unknown) => typeof value === 'string' || isUint8Array(value);

function checkMtls(mtls: MtlsOptions, finds: boolean): void {
  assert(isObject(mtls), 'Invalid mTLS configuration: "mtls" must be an object');
  const enabled = mtls.enabled ?? (finds ? true : undefined);
  for (const [name, value] of [
    ['enabled', enabled],
    ['required', mtls.required],
  ] as const) {
    assert(value === undefined || typeof value === 'boolean', `Invalid mTLS option: "${name}" must be a boolean`);
  }
  assert(
    !(mtls.required === true && enabled !== true),
    'Invalid mTLS configuration: "required" can only be set to true when "enabled" is also true',
  );
}
