// Who may use a token: what `dpop`, `mtls` and the options around them come down to, and what a request shows.

import { randomBytes } from 'node:crypto';
import { createReplayMemory, type Failure, type Memories, type Sent, type SenderSettings } from '../engine/addon';
import type { Stores } from '../engine/consult';
import { ACCEPTED, type Decision, failure, isFailure } from '../engine/verifier';
import { RevocationList, type RevocationStore } from '../stores';
import { parsePart } from './auth-result';
import { certificateOf, type FoundCertificate } from './certificate';
import type { AuthOptions, DPoPNonceOptions, DPoPOptions } from './options';
import { type Request, sentRequest } from './request';

const REMEMBERED_PROOFS = 1_000_000;
const LOWER_CASE = 0x20;
const D = 'd'.charCodeAt(0);

/** Which memories have claimed the proof of a request, and which proof that was. A request that several
 * middlewares look at presents one proof, not several. */
const admissions = new WeakMap<Request, Map<object, string>>();

export class Senders {
  readonly settings: SenderSettings;
  readonly memories: Memories;
  readonly stores: Stores;
  readonly certificates: 'ignored' | 'expected';
  readonly #options: AuthOptions;
  /** What remembers used proofs. */
  readonly #replays: object;

  constructor(options: AuthOptions) {
    const { dpop, mtls, getCertificate, clientCertificateHeader, publicOrigin, forwardedHeaders, replayStore } = options;
    this.#options = options;
    const finds = getCertificate !== undefined || clientCertificateHeader !== undefined;
    this.certificates = (mtls?.enabled ?? finds) ? 'expected' : 'ignored';
    this.settings = {
      ...(dpop?.enabled !== false && { dpop: dpopSettings(dpop ?? {}) }),
      ...(publicOrigin !== undefined && { publicOrigin }),
      ...(forwardedHeaders !== undefined && { forwardedHeaders }),
      ...(clientCertificateHeader && this.certificates === 'expected' && { certificateHeader: clientCertificateHeader }),
    };
    const own = replayStore ?? createReplayMemory(dpop?.rememberedProofs ?? REMEMBERED_PROOFS);
    const revocation = options.revocation === undefined ? [] : [options.revocation].flat();
    const list = revocation.find((one) => one instanceof RevocationList);
    const revocations = revocation.find((one): one is RevocationStore => !(one instanceof RevocationList));
    this.memories = {
      replays: replayStore === undefined ? own : undefined,
      revocations: list && RevocationList.nativeOf(list),
    } as Memories;
    this.stores = { replays: replayStore, revocations };
    this.#replays = own;
  }

  /** Whether a header alone decides: that of a bearer token, where no certificate is looked at. */
  decidesBy(authorization: string): boolean {
    return this.certificates === 'ignored' && (authorization.charCodeAt(0) | LOWER_CASE) !== D;
  }

  /** Asks about a request with all it shows of its sender. */
  ask(req: Request, ask: (sent: Sent) => Decision | Promise<Decision>): Decision | Promise<Decision> {
    const certificate = this.#certificateOf(req);
    const presented = presentedBy(req);
    const admitted = admissions.get(req)?.get(this.#replays) === presented;
    const settle = (decision: Decision) => {
      if (isFailure(decision)) return this.#refused(decision, certificate);
      if (this.#options.mtls?.required === true && !isCertificateBound(decision, req)) return notCertificateBound();
      admit(req, this.#replays, presented);
      return decision;
    };
    const decision = ask(sentRequest(req, certificate.der, admitted));
    return decision instanceof Promise ? decision.then(settle) : settle(decision);
  }

  #certificateOf(req: Request): FoundCertificate {
    const { getCertificate, clientCertificateHeader } = this.#options;
    if (this.certificates === 'ignored') return {};
    // Where a proxy speaks for its clients, whoever comes around it speaks for itself.
    return certificateOf(req, clientCertificateHeader === undefined ? getCertificate : undefined);
  }

  #refused(found: Failure, { error }: FoundCertificate): Failure {
    if (found.code === 'certificate_required' && error !== undefined) throw error;
    return found;
  }
}

function isCertificateBound(decision: Exclude<Decision, Failure>, req: Request): boolean {
  const claims = decision === ACCEPTED ? undefined : decision.claims;
  const payload = claims === undefined ? parsePart(tokenOf(req), 1) : JSON.parse(claims);
  return typeof payload.cnf?.['x5t#S256'] === 'string';
}

/** The token of a request; of one that was let in, the one the core has verified. */
export function tokenOf(req: Request): string {
  const { authorization } = req.headers;
  if (authorization !== undefined && /^(bearer|dpop) /i.test(authorization)) return tokenIn(authorization);
  const body = req.body as { access_token?: unknown } | undefined | null;
  if (typeof body?.access_token === 'string') return body.access_token;
  const url = req.url ?? '';
  const query = url.indexOf('?');
  return query === -1 ? '' : (new URLSearchParams(url.slice(query + 1)).get('access_token') ?? '');
}

const SPACE = 0x20;

/** What follows the scheme in a header that is known to be of the scheme `Bearer` or `DPoP`. */
export function tokenIn(authorization: string): string {
  let start = authorization.indexOf(' ');
  while (authorization.charCodeAt(start) === SPACE) start += 1;
  return authorization.slice(start);
}

function presentedBy({ headers }: Request): string {
  return `${headers.authorization} ${headers.dpop}`;
}

function admit(req: Request, replays: object, presented: string): void {
  if (req.headers.dpop === undefined) return;
  const known = admissions.get(req);
  if (known === undefined) admissions.set(req, new Map([[replays, presented]]));
  else known.set(replays, presented);
}

function dpopSettings({ required = false, iatOffset = 300, iatLeeway = 30, algorithms, nonces }: DPoPOptions) {
  return {
    required,
    // Numbers without an end are no JSON; what is too much is for the core to say.
    proofAge: Math.min(iatOffset * 1000, Number.MAX_SAFE_INTEGER),
    proofFuture: Math.min(iatLeeway * 1000, Number.MAX_SAFE_INTEGER),
    ...(algorithms && { algorithms }),
    ...(nonces && { nonces: nonceSettings(nonces === true ? { secret: randomBytes(32) } : nonces) }),
  };
}

function nonceSettings({ secret, previousSecret, lifetime }: DPoPNonceOptions) {
  const bytes = (text: string | Uint8Array) => [...Buffer.from(text as string)];
  return {
    secret: bytes(secret),
    ...(previousSecret !== undefined && { previousSecret: bytes(previousSecret) }),
    ...(lifetime !== undefined && { lifetime: lifetime * 1000 }),
  };
}

function notCertificateBound(): Failure {
  return failure(
    'token_not_certificate_bound',
    401,
    'invalid_token',
    'the access token is not bound to a certificate',
  );
}
