// A refusal as hapi knows errors: a Boom. hapi tells one by its members, not by its class.

import { STATUS_CODES } from 'node:http';
import type { Refusal } from '../refusal/refusal';

/** What hapi reads of an error. */
export interface BoomMembers {
  isBoom: true;
  isServer: boolean;
  /** Whether the request presented nothing: hapi tries its next strategy, or lets the request pass where the route's mode is
   * `optional`. */
  isMissing: boolean;
  data: unknown;
  output: { statusCode: number; payload: Record<string, unknown>; headers: Record<string, string> };
  /** Writes `output.payload` again, where a handler has changed the error. */
  reformat(): void;
}

export function boomOf(refusal: Refusal, isMissing: boolean): Refusal & BoomMembers {
  const { status } = refusal;
  const { 'Content-Type': _ofBody, 'Cache-Control': caching, ...headers } = refusal.headers;
  // hapi would add its own to a name that it does not know in capitals.
  const output = { statusCode: status, payload: {}, headers: { ...headers, 'cache-control': caching ?? 'no-store' } };
  const boom = Object.assign(refusal, {
    isBoom: true as const,
    isServer: status >= 500,
    isMissing,
    data: null,
    output,
    reformat(): void {
      const error = STATUS_CODES[status] ?? 'Unknown';
      output.payload = { statusCode: status, error, message: refusal.expose ? boom.message : error };
    },
  });
  boom.reformat();
  return boom;
}
