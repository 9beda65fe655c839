// Why a request may not pass, for those who answer by themselves.

import { answerTo, isAuthError } from './answer';
import { InternalError } from './errors';

/** A request may not pass: thrown, and never a value that could be taken for leave. It has all of the answer to the client,
 * in the words of the core, and `status`, `statusCode`, `headers` and `expose`, by which frameworks know an error. */
export class Refusal extends Error {
  readonly status: number;
  readonly statusCode: number;
  /** `WWW-Authenticate`, `Retry-After`, `DPoP-Nonce`, `Content-Type` and `Cache-Control`, as far as they apply. */
  readonly headers: Readonly<Record<string, string>>;
  /** JSON: `{"error","error_description"}`. */
  readonly body: string;
  /** The stable name of the failure, such as `token_expired`; the same in Rust. `server_error` where this API is at fault. */
  readonly code: string;
  /** The error of OAuth 2.0, such as `invalid_token`; empty where nothing was presented. */
  readonly error: string;
  /** Whether a client may see the message. */
  readonly expose: boolean;

  /** Of an error that a guard has thrown. What is not ours to answer for is a 500, with the error as its cause. */
  static of(thrown: unknown): Refusal {
    return thrown instanceof Refusal ? thrown : new Refusal(thrown);
  }

  private constructor(thrown: unknown) {
    const error = isAuthError(thrown) ? thrown : new InternalError('Internal Server Error', { cause: thrown });
    super(error.description, error.cause === undefined ? undefined : { cause: error.cause });
    const { status, headers, body = '' } = answerTo(error, 'json', 'core');
    const { reason, code = '' } = error as { reason?: string; code?: string };
    this.name = 'Refusal';
    this.status = status;
    this.statusCode = status;
    this.headers = Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name, [value].flat().join(', ')]),
    );
    this.body = body;
    this.code = reason ?? code;
    this.error = reason === 'credential_missing' ? '' : code;
    this.expose = status < 500;
  }
}
