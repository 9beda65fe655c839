// Protects an API without a framework's adapter: takes a request apart into what `node:http` has of it, and says whether it
// may pass.
//
// 1. A request that may pass is `Granted`. One that may not is a `Refusal`, which is thrown: no caller can take it for
//    leave, even if it ignores the value that it gets.
// 2. What `check` does is awaited. `decide` calls one of two functions, and calls it before it returns where keys and stores
//    need not be asked.
// 3. Nothing is answered here: the headers of a `Granted` go into the caller's answer, and a `Refusal` is one.

import type { ResourceDocument } from '../native/addon';
import type { AuthOptions } from '../options/options';
import { givenOptions } from '../options/unset';
import { Refusal } from '../refusal/refusal';
import type { Requirement } from '../requirement';
import { making, REQUIRE_FIRST, SEVERAL, taking } from '../surplus';
import { isThenable } from '../js/thenable';
import { warnNotAwaited, warnUnseen } from '../refusal/unseen';
import { watchedPromise } from '../js/watched-promise';
import type { RequestAuth } from './auth-result';
import { Guard, type Passage, type Registered, type RequiredByRoute } from './guard';
import { type Operated, operatedBy } from './health';
import type { ProtectedRequest, Reader } from '../request/request';

/** What a request is let in with. */
export interface Granted<Auth extends RequestAuth | undefined = RequestAuth> {
  /** The token: `payload`, `scopes`, `info` and the rest. `undefined` only with `authRequired: false`, for a request
   * without a token. */
  readonly auth: Auth;
  /** For your answer: `DPoP-Nonce`, and `Cache-Control: private` where shared caches do not see the token. */
  readonly headers: Readonly<Record<string, string>>;
}

/** What becomes of a request: it is given, or thrown. */
export type Verdict<Auth extends RequestAuth | undefined = RequestAuth> = Granted<Auth> | Refusal;

/** What `protect()` makes of its options. */
export interface Protection<Auth extends RequestAuth | undefined = RequestAuth> extends Operated {
  /** Decides about a request. Rejects with a `Refusal` for one that may not pass. */
  check(request: ProtectedRequest): Promise<Granted<Auth>>;
  /** The same without a promise: calls one of the two functions, and calls it before it returns where the decision needs no
   * fetch and no store. An error that the function throws is thrown here; after a wait, it is an unhandled rejection. */
  decide(request: ProtectedRequest, grant: (granted: Granted<Auth>) => void, refuse: (refusal: Refusal) => void): void;
  /** The same protection for a route that requires more of the token; keys and caches are shared. */
  require(requirement: Requirement): Protection;
  /** Fetches the keys of every issuer that is configured, for those who want to fail at start. Rejects with a
   * `NotReadyError`. */
  ready(): Promise<void>;
  /** The metadata of the resource, and where to serve them, where `resource` was given. */
  readonly resourceMetadata: ResourceDocument | undefined;
}

/** Protects an API by the options of `auth()`. Throws at once when one cannot work. Nothing is fetched before the first
 * request. */
export function protect(options: AuthOptions & { authRequired: false }): Protection<RequestAuth | undefined>;
export function protect(options?: AuthOptions): Protection;
export function protect(...given: [AuthOptions?]): Protection<RequestAuth | undefined> {
  return protection(new Guard(givenOptions('protect()', given), NEUTRAL));
}

const NEUTRAL: Reader = {
  trusts: ({ trusted }: ProtectedRequest) => trusted === true,
  form: ({ form }: ProtectedRequest) => form,
  hasTokenOutsideForm: () => false,
};

function protection(guard: Guard, required?: RequiredByRoute): Protection<RequestAuth | undefined> {
  return {
    resourceMetadata: guard.resourceMetadata,
    ready: () => guard.ready(),
    ...operatedBy(guard),
    check: taking(1, 'check()', REQUIRE_FIRST, (request: ProtectedRequest) => {
      // At once, since a mistake of the application's must not hide in a promise that it does not await.
      checkRequest(request);
      return watchedPromise(check(guard, request, required), warnUnseen, warnNotAwaited);
    }),
    decide: taking(3, 'decide()', REQUIRE_FIRST, (request, grant, refuse) =>
      decide(guard, request, required, grant, refuse),
    ),
    require: making(
      1,
      'require()',
      SEVERAL,
      (more: Requirement) => protection(guard, guard.register(more, required)) as Protection,
    ),
  };
}

async function check(guard: Guard, request: ProtectedRequest, required: Registered | undefined) {
  try {
    return granted(await guard.decide(request, required));
  } catch (error) {
    throw Refusal.of(error);
  }
}

function decide(
  guard: Guard,
  request: ProtectedRequest,
  required: Registered | undefined,
  grant: (granted: Granted<RequestAuth | undefined>) => void,
  refuse: (refusal: Refusal) => void,
): void {
  checkRequest(request);
  if (typeof grant !== 'function' || typeof refuse !== 'function') {
    throw new TypeError(
      'decide() is called with a request and two functions: one for a request that may pass, one for a refusal',
    );
  }
  let passage: Passage | Promise<Passage>;
  try {
    passage = guard.decide(request, required);
  } catch (error) {
    refuse(Refusal.of(error));
    return;
  }
  if (isThenable(passage)) {
    passage.then(
      (settled) => grant(granted(settled)),
      (error) => refuse(Refusal.of(error)),
    );
  } else {
    grant(granted(passage));
  }
}

const NO_HEADERS: Readonly<Record<string, string>> = Object.freeze({});

function granted({ auth, dpopNonce, isHiddenFromCaches }: Passage): Granted<RequestAuth | undefined> {
  if (dpopNonce === undefined && !isHiddenFromCaches) return { auth, headers: NO_HEADERS };
  return {
    auth,
    headers: {
      ...(dpopNonce !== undefined && { 'DPoP-Nonce': dpopNonce }),
      ...(isHiddenFromCaches && { 'Cache-Control': 'private' }),
    },
  };
}

/** Throws a `TypeError` for anything but a request: without headers, it would look like one without a token. */
function checkRequest(request: ProtectedRequest | undefined): void {
  const headers: unknown = request?.headers;
  const isPlain = typeof headers === 'object' && headers !== null;
  if (isPlain && typeof (headers as { get?: unknown }).get !== 'function') return;
  throw new TypeError(
    'a request has `method`, `url` and `headers`, as those of node:http have; of the `Headers` of fetch, pass Object.fromEntries(headers)',
  );
}
