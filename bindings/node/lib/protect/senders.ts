// Who sent a request: what it shows of that, read once, and which proofs it was let in with.

import { isFailure, type Settled } from '../engine/driver';
import type { Failure, RequestParts } from '../native/addon';
import type { ResolvedOptions } from '../options/options';
import { headerOf } from '../options/token-place';
import { isThenable } from '../js/thenable';
import { certificateOf, type FoundCertificate } from '../request/certificate';
import { loneAuthorization, partsOf } from '../request/presented';
import type { Reader, Request } from '../request/request';
import { placeOf, type SenderRules, senderRules } from './sender-rules';

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

export class Senders {
  /** What the options say of them. */
  readonly rules: SenderRules;
  readonly #options: ResolvedOptions;
  /** The header that has the token, where it is not `Authorization`. */
  readonly #place: string | undefined;

  constructor(options: ResolvedOptions) {
    this.#options = options;
    this.rules = senderRules(options);
    const place = placeOf(options);
    this.#place = place && headerOf(place);
  }

  /** Reads what a request presents. */
  presentedBy(req: Request, reader: Reader): Presented {
    const authorization = this.#place === undefined ? loneAuthorization(req, reader) : undefined;
    if (authorization !== undefined && this.#decidesBy(authorization)) return authorization;
    const certificate = this.#certificateOf(req);
    const proof = `${req.headers.authorization} ${req.headers.dpop}`;
    const admitted = admissions.get(req)?.get(this.rules.proofs) === proof;
    return { parts: partsOf(req, reader, certificate.der, admitted, this.#place), certificate, proof };
  }

  /** Whether a header alone decides: that of a bearer token, where no certificate is looked at. */
  #decidesBy(authorization: string): boolean {
    return this.rules.certificates === 'ignored' && (authorization.charCodeAt(0) | LOWER_CASE) !== D;
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
      admit(req, this.rules.proofs, proof);
      return decision;
    };
    const decision = ask(parts);
    return isThenable(decision) ? decision.then(settle) : settle(decision);
  }

  #certificateOf(req: Request): FoundCertificate {
    const { getCertificate, clientCertificateHeader } = this.#options;
    if (this.rules.certificates === 'ignored') return {};
    // Where a proxy speaks for its clients, a client that bypasses it speaks for itself.
    return certificateOf(req, clientCertificateHeader === undefined ? getCertificate : undefined);
  }

  #refused(found: Failure, { error }: FoundCertificate): Failure {
    if (found.code === 'certificate_required' && error !== undefined) throw error;
    return found;
  }
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
