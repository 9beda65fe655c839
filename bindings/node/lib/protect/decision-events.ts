// Tells the application's observer of each decision.

import type { Judged, Observer } from '../engine/observer';
import { isOAuthError } from '../refusal/oauth-errors';
import { isThenable } from '../js/thenable';

/** What a refusal was found by. */
interface Found {
  /** The code of the failure; absent where a function of the application's has refused. */
  code?: string | undefined;
  judged?: Judged | undefined;
}

const foundBy = new WeakMap<object, Found>();

/** Remembers of an error what it was found by. */
export function note(error: unknown, found: Found): void {
  if (typeof error === 'object' && error !== null) foundBy.set(error, found);
}

/** Has a decision made, and tells of it. A request that passes without a token is not told. */
export function observed<Passage extends { auth: unknown; judged?: Judged | undefined }>(
  observer: Observer,
  decide: () => Passage | Promise<Passage>,
): Passage | Promise<Passage> {
  const begin = performance.now();
  const tell = (code: string, judged: Judged | undefined) => {
    const { issuer = 'unknown', isCached: cached = false } = judged ?? {};
    observer.tell({ type: 'decision', code, issuer, cached, seconds: (performance.now() - begin) / 1000 });
  };
  const granted = (passage: Passage): Passage => {
    if (passage.auth !== undefined) tell('accepted', passage.judged);
    return passage;
  };
  const refused = (error: unknown): never => {
    const { code = codeOf(error), judged } = foundBy.get(error as object) ?? {};
    tell(code, judged);
    throw error;
  };
  let passage: Passage | Promise<Passage>;
  try {
    passage = decide();
  } catch (error) {
    return refused(error);
  }
  return isThenable(passage) ? (passage as Promise<Passage>).then(granted, refused) : granted(passage);
}

/** Validators refuse with an error of OAuth 2.0. Any other code is the application's, and may be anything. */
function codeOf(error: unknown): string {
  try {
    const code: unknown = (error as { code?: unknown } | undefined | null)?.code;
    if (isOAuthError(code)) return code;
  } catch {
    // A getter of the application's failed. Its error is what the client gets, and not this one.
  }
  return 'server_error';
}
