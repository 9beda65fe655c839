// A refusal as a Web `Response`, and what a grant adds to the response of a handler.

import { headersToAdd } from '../protect/grant';
import type { Granted } from '../protect/protect';
import type { RequestAuth } from '../protect/auth-result';
import type { Refusal } from '../refusal/refusal';

/** The answer to a request that may not pass. */
export function refusalResponse({ body, status, headers }: Refusal): Response {
  return new Response(body, { status, headers: { ...headers } });
}

/** The response of a handler with `DPoP-Nonce`, and with `Cache-Control: private` where the handler says nothing else of
 * caches. */
export function withHeaders(response: Response, granted: Pick<Granted<RequestAuth | undefined>, 'headers'>): Response {
  // If it is not a response, the framework complains about it.
  if (typeof response?.headers?.set !== 'function') return response;
  const added = headersToAdd(granted, (name) => response.headers.has(name));
  return added.reduce((whole, [name, value]) => withHeader(whole, name, value), response);
}

function withHeader(response: Response, name: string, value: string): Response {
  try {
    response.headers.set(name, value);
    return response;
  } catch {
    // The headers of a redirect, and of what fetch() gave, cannot be changed.
    const copy = new Response(response.body, response);
    copy.headers.set(name, value);
    return copy;
  }
}
