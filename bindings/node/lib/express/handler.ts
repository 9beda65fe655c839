// A middleware, and the `req.auth` that it hands over.

import type { AuthResult } from '../protect/auth-result';
import { type Form, isForm, type Reader, type Request, read } from '../request/request';

/** A request of Express, as far as it is looked at. */
export interface ExpressRequest extends Request {
  app?: { get?: (setting: string) => unknown };
  /** What a parser made of the body; it is a form where `Content-Type` says so. */
  body?: unknown;
  auth?: AuthResult | undefined;
}

export type Next = (error?: unknown) => void;
/** A middleware. The promise settles when `next` was called or the answer was given.
 *
 * It resolves where the request may pass, and where `next` was called with an error, so look at one of the two:
 * `let refusal; await check(req, res, (error) => { refusal = error })`. Without `next` it rejects with the error for a
 * refused request: `await check(req, res)`. Where `next` takes no argument, a refused request is answered and the
 * promise stays open, so that nothing after the call runs. */
// Express 4 and 5, and their descriptions in TypeScript, agree with this; a stricter type would tie the
// package to one of them.
// biome-ignore lint/suspicious/noExplicitAny: the request is the framework's
export type Handler = (req: any, res: any, next?: Next) => Promise<void>;

/** Sets `req.auth`, the way `read` reads. Throws where the request cannot be changed. */
export function publish(req: ExpressRequest, auth: AuthResult | undefined): void {
  if (!Reflect.set(req, 'auth', auth)) throw new TypeError('`req.auth` cannot be set');
}

/** Takes away what another `auth()` found: a caller may go by `req.auth` alone, also after a refusal. */
export function retract(req: ExpressRequest): void {
  if (Reflect.get(req, 'auth') !== undefined) publish(req, undefined);
}

/** How requests of Express are read. */
export const EXPRESS: Reader = {
  /** Express's `trust proxy` setting may be any function. */
  trusts(req: ExpressRequest): boolean {
    const trust = req.app?.get?.('trust proxy fn');
    return typeof trust === 'function' && Boolean(trust(req.socket?.remoteAddress, 0));
  },

  form(req: ExpressRequest): Form | undefined {
    return isForm(read(req, 'headers')) ? ((req.body ?? undefined) as Form | undefined) : undefined;
  },

  hasTokenOutsideForm({ body, headers }: ExpressRequest): boolean {
    const token = (body as { access_token?: unknown } | undefined | null)?.access_token;
    return typeof token === 'string' && !isForm(headers);
  },
};
