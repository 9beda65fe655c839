// Asks the application's stores what the engine wants to know. Without an answer, no request is let in.

import type { Consult, NativeEngine, RevocationFound } from '../native/addon';
import { errorFrom, isDate } from '../js/realm';
import type { ReplayStore, RevocationEntry, RevocationStore } from '../stores';

export interface Stores {
  replays?: ReplayStore | undefined;
  revocations?: RevocationStore | undefined;
}

/** What the stores said; nothing in the place of an answer that did not come. */
export interface StoreAnswers {
  entries?: RevocationFound[];
  claimed?: boolean;
  /** Why there is none. */
  trouble?: Error;
}

/** Never rejects. */
export async function consult(
  engine: NativeEngine,
  { id, revocationKeys, claim }: Consult,
  { replays, revocations }: Stores,
  timeout: number,
): Promise<StoreAnswers> {
  const answers: StoreAnswers = {};
  try {
    if (revocationKeys !== undefined) {
      const found = await inTime('revocation', timeout, () => revocations?.entries(revocationKeys));
      answers.entries = entriesOf(found);
      // A request that is refused anyway needs no proof to be remembered.
      if (engine.isRevoked(id, answers.entries)) return answers;
    }
    if (claim !== undefined) {
      const { key, createdAt, expiresAt } = claim;
      const ask = () => replays?.claim(key, new Date(expiresAt), new Date(createdAt));
      answers.claimed = verdictOf(await inTime('replayStore', timeout, ask));
    }
  } catch (error) {
    answers.trouble = errorFrom(error);
  }
  return answers;
}

/** A store should have its own timeout; one without must not hold requests for ever. */
async function inTime<T>(option: string, timeout: number, ask: () => T | Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`${option}: no answer in ${timeout} ms`)), timeout);
  });
  try {
    return await Promise.race([ask(), late]);
  } finally {
    clearTimeout(timer);
  }
}

/** `'OK'` and `1` are answers of a database, not of a store: it is not known which of them means the first claim. */
function verdictOf(answer: unknown): boolean {
  if (typeof answer !== 'boolean') throw new TypeError('replayStore: claim must answer true or false');
  return answer;
}

function entriesOf(found: unknown): RevocationFound[] {
  if (!Array.isArray(found)) throw new TypeError('revocation: entries must answer a list');
  return found.map((entry: RevocationEntry) => {
    const { issuedBefore } = entry;
    if (issuedBefore === undefined || issuedBefore === null) return {};
    if (!isDate(issuedBefore) || Number.isNaN(issuedBefore.getTime())) {
      throw new TypeError('revocation: issuedBefore must be a date');
    }
    return { issuedBefore: issuedBefore.getTime() };
  });
}
