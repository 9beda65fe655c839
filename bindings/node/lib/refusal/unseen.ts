// What the developer is told of a promise that nobody looks at: it must neither vanish nor end the process. A flood of requests
// must not become a flood of warnings, and one mistake must not hide another: each is told at most once a minute.

import { isError } from '../js/realm';
import { isAuthError } from './answer';
import { Refusal } from './refusal';

/** Says what a promise rejected with that nobody looks at. */
export function warnUnseen(error: unknown): void {
  if (isRefusal(error) || (isError(error) && isRefusal(error.cause))) warnNotAwaited();
  else warnOfError(error);
}

const isRefusal = (error: unknown) => error instanceof Refusal || isAuthError(error);

/** Says that a decision was not waited for. The request may have reached its handler. */
export function warnNotAwaited(): void {
  warn(
    'BEARWARD_NOT_AWAITED',
    '',
    'a request was decided about by a promise that the application does not look at, so every request reaches the handler:' +
      ' write `await`, as in `await api.check(request)`',
  );
}

function warnOfError(error: unknown): void {
  const text = isError(error) ? (error.stack ?? error.message) : String(error);
  const advice =
    'look at the promise that Bearward returns, for instance with `await`, or catch the error in the callback';
  const [place = ''] = text.match(/^ +at .*$/m) ?? [];
  warn(
    'BEARWARD_UNSEEN_ERROR',
    place,
    `a callback of the application's failed where nothing looks at it; ${advice}: ${text}`,
  );
}

const INTERVAL = 60_000;
const MOST_KINDS = 100;

/** By code and place, when each was told last. */
const told = new Map<string, number>();

function warn(code: string, place: string, message: string): void {
  const kind = code + place;
  const now = Date.now();
  const before = told.get(kind);
  if (before !== undefined && Math.abs(now - before) < INTERVAL) return;
  if (before === undefined && told.size >= MOST_KINDS) return;
  told.set(kind, now);
  process.emitWarning(message, { code });
}
