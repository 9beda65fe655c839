// What a request is let in with, for adapters: as a value or a promise, where their frameworks take both, and its headers.

import type { Refusal } from '../refusal/refusal';
import type { RequestAuth } from './auth-result';
import type { Granted, Protection } from './protect';
import type { ProtectedRequest } from '../request/request';

/** Decides without a wait where keys and stores need not be asked. Throws, or rejects with, the refusal. */
export function decided(
  protection: Protection<RequestAuth | undefined>,
  request: ProtectedRequest,
): Granted<RequestAuth | undefined> | Promise<Granted<RequestAuth | undefined>> {
  let found: Granted<RequestAuth | undefined> | undefined;
  let refusal: Refusal | undefined;
  let settle = (): void => {};
  protection.decide(
    request,
    (granted) => {
      found = granted;
      settle();
    },
    (refused) => {
      refusal = refused;
      settle();
    },
  );
  if (refusal !== undefined) throw refusal;
  if (found !== undefined) return found;
  return new Promise((resolve, reject) => {
    settle = () => (found === undefined ? reject(refusal) : resolve(found));
  });
}

/** The headers of a grant, for an answer that may have some: what was said of caches before is the application's own to say. */
export function headersToAdd(
  { headers }: Pick<Granted<RequestAuth | undefined>, 'headers'>,
  has: (name: string) => boolean,
): Array<[name: string, value: string]> {
  return Object.entries(headers).filter(([name]) => name !== 'Cache-Control' || !has(name));
}
