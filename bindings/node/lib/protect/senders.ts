// Who may use a token: what `dpop`, `mtls` and the options around them come down to, and what a request shows.

import { randomBytes } from 'node:crypto';
import type { Stores } from '../engine/consult';
import { isFailure, type Settled } from '../engine/driver';
import { GROUPS } from '../option-table';
import type { ResolvedOptions } from '../options/options';
import {
  createReplayMemory,
  type Failure,
  type Memories,
  type NativeReplayMemory,
  type RequestParts,
} from '../native/addon';
import type { CertificateHeaderSettings, DpopSettings, Settings } from '../native/settings';
import type { ClientCertificateHeader, DPoPOptions } from '../options/options';
import { CERTIFICATE_HEADERS } from '../options/option-values';
import { written } from '../options/written-settings';
import { headerOf, type TokenPlace } from '../options/token-place';
import { RevocationList, type RevocationStore } from '../stores';
import { certificateOf, type FoundCertificate } from './certificate';
import { isThenable } from '../thenable';
import { loneAuthorization, partsOf } from './presented';
import type { Reader, Request } from './request';

const REMEMBERED_PROOFS = 1_000_000;
/** Memories of different sizes that one process has. */
const MAX_MEMORIES = 16;

/** The proofs this process remembers, by how many it may. Each `auth()` without a store uses the one of its size: one
 * that is called at each request would otherwise remember nothing of the request before. */
const memories = new Map<number, NativeReplayMemory>();

function processMemory(size = REMEMBERED_PROOFS): NativeReplayMemory {
  const place = memories.has(size) || memories.size < MAX_MEMORIES ? size : REMEMBERED_PROOFS;
  const memory = memories.get(place) ?? createReplayMemory(place);
  memories.set(place, memory);
  return memory;
}

/** The secret of `nonces: true`: each `auth()` must know the nonces that another one has handed out. */
const ownSecret = randomBytes(32);

const LOWER_CASE = 0x20;
const D = 'd'.charCodeAt(0);

/** What a request presents, read once: what is asked about and what is published later is one and the same.
 * The value of its one `Authorization` header, where that alone decides; else all it shows. */
export type Presented = string | Shown;

export interface Shown {
  parts: RequestParts;
  certificate: FoundCertificate;
  /** The credential and its proof. */
  proof: string;
}

/** Which memories have claimed the proof of a request, and which proof that was. A request that several
 * middlewares look at presents one proof, not several. */
const admissions = new WeakMap<Request, Map<object, string>>();

export type SenderSettings = Pick<Settings, 'dpop' | 'certificates' | 'trusted_proxies'>;

export class Senders {
  /** What these options say in the settings of the engine. */
  readonly settings: SenderSettings;
  readonly memories: Memories;
  readonly stores: Stores;
  readonly certificates: 'ignored' | 'expected';
  readonly #options: ResolvedOptions;
  /** What remembers used proofs. */
  readonly #replays: object;
  /** The header that has the token, where it is not `Authorization`. */
  readonly #place: string | undefined;

  constructor(options: ResolvedOptions) {
    const { dpop, mtls, getCertificate, clientCertificateHeader, proxyHeaders, replayStore } = options;
    this.#options = options;
    const place = placeOf(options);
    this.#place = place && headerOf(place);
    const finds = getCertificate !== undefined || clientCertificateHeader !== undefined;
    this.certificates = (mtls?.enabled ?? finds) ? 'expected' : 'ignored';
    const isSeen = clientCertificateHeader !== undefined && this.certificates === 'expected';
    const header = isSeen ? headerSettings(clientCertificateHeader) : undefined;
    const certificate = header ?? (getCertificate === undefined ? undefined : ({ form: 'connection' } as const));
    this.settings = {
      dpop: dpop?.enabled === false ? { mode: 'off' } : dpopSettings(dpop ?? {}),
      trusted_proxies: { headers: { ...proxyHeaders, ...(certificate && { client_certificate: certificate }) } },
      ...(mtls?.required === true && { certificates: 'required' }),
    };
    const own = replayStore ?? processMemory(dpop?.rememberedProofs);
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

  /** Reads what a request presents. */
  presentedBy(req: Request, reader: Reader): Presented {
    const authorization = this.#place === undefined ? loneAuthorization(req, reader) : undefined;
    if (authorization !== undefined && this.#decidesBy(authorization)) return authorization;
    const certificate = this.#certificateOf(req);
    const proof = `${req.headers.authorization} ${req.headers.dpop}`;
    const admitted = admissions.get(req)?.get(this.#replays) === proof;
    return { parts: partsOf(req, reader, certificate.der, admitted, this.#place), certificate, proof };
  }

  /** Whether a header alone decides: that of a bearer token, where no certificate is looked at. */
  #decidesBy(authorization: string): boolean {
    return this.certificates === 'ignored' && (authorization.charCodeAt(0) | LOWER_CASE) !== D;
  }

  /** Whether shared caches see by themselves that the response is for one client alone (RFC 9111 §3.5): the token that
   * was verified is in `Authorization`. */
  isInAuthorization({ headers }: Request, token: string): boolean {
    return this.#place === undefined && headers.authorization !== undefined && tokenIn(headers.authorization) === token;
  }

  /** Asks about a request with all it shows of its sender. */
  ask(
    req: Request,
    { parts, certificate, proof }: Shown,
    ask: (parts: RequestParts) => Settled | Promise<Settled>,
  ): Settled | Promise<Settled> {
    const settle = (decision: Settled) => {
      if (isFailure(decision)) return this.#refused(decision, certificate);
      admit(req, this.#replays, proof);
      return decision;
    };
    const decision = ask(parts);
    return isThenable(decision) ? decision.then(settle) : settle(decision);
  }

  #certificateOf(req: Request): FoundCertificate {
    const { getCertificate, clientCertificateHeader } = this.#options;
    if (this.certificates === 'ignored') return {};
    // Where a proxy speaks for its clients, a client that bypasses it speaks for itself.
    return certificateOf(req, clientCertificateHeader === undefined ? getCertificate : undefined);
  }

  #refused(found: Failure, { error }: FoundCertificate): Failure {
    if (found.code === 'certificate_required' && error !== undefined) throw error;
    return found;
  }
}

/** The place that the options name, or that follows from them; `undefined` where it is `Authorization`. */
export function placeOf({ tokenPlace, loadBalancer, presetFacts }: ResolvedOptions): TokenPlace | undefined {
  const header = loadBalancer === undefined ? presetFacts?.header : 'x-amzn-oidc-data';
  return tokenPlace ?? (header === undefined ? undefined : { header });
}

const SPACE = 0x20;

/** What follows the scheme in a header that the engine has accepted: the very token it verified. */
export function tokenIn(authorization: string): string {
  let start = authorization.indexOf(' ');
  while (authorization.charCodeAt(start) === SPACE) start += 1;
  return authorization.slice(start);
}

function admit(req: Request, replays: object, presented: string): void {
  if (req.headers.dpop === undefined) return;
  const known = admissions.get(req);
  if (known === undefined) admissions.set(req, new Map([[replays, presented]]));
  else known.set(replays, presented);
}

function headerSettings({ kind, ...header }: ClientCertificateHeader): CertificateHeaderSettings {
  return { form: CERTIFICATE_HEADERS[kind], ...header };
}

function dpopSettings(options: DPoPOptions): DpopSettings {
  const { required = false, nonces } = options;
  return {
    mode: required ? 'required' : 'accepted',
    ...written(GROUPS.dpop, options).dpop,
    ...(nonces && written(GROUPS['dpop.nonces'], nonces === true ? { secret: ownSecret } : nonces).dpop),
  };
}
