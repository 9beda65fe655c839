// A check of a token where no `auth()` has looked for one. The client gets the 401 of a request without a token, as from
// `express-oauth2-jwt-bearer`; what is wrong is the order of the routes, which only the application can mend.

import { UnauthorizedError } from '../refusal/original/errors';

/** Requests without a token that an `auth()` with `authRequired: false` has let pass. */
const anonymous = new WeakSet<object>();

export function noteAnonymous(req: object): void {
  anonymous.add(req);
}

let isWarned = false;

/** The error for a request without `req.auth` of ours. Where no `auth()` has let the request in, `cause` says so, and so does
 * a warning: once, since each request would repeat it. */
export function unauthorized(what: string, req: object): UnauthorizedError {
  if (anonymous.has(req)) return new UnauthorizedError();
  const cause = new TypeError(
    `${what} is behind no auth(): no auth() of bearward/express has let this request in, so it is answered 401.` +
      ' Call app.use(auth({ … })) before it, on a path that contains its routes',
  );
  if (!isWarned) {
    isWarned = true;
    process.emitWarning(cause.message, { code: 'BEARWARD_WITHOUT_AUTH' });
  }
  return new UnauthorizedError(undefined, { cause });
}
