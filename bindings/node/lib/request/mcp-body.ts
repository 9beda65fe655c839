// The headers of an MCP request are what operations are known by. Where the body is at hand, it is held against them.

import { isBodyOfMcpHeaders } from '../native/addon';
import { InvalidRequestError } from '../refusal/original/errors';
import { headerLines, type Request } from './request';

/** Throws an `InvalidRequestError` (400) where the body of a request, parsed or a text, is about another operation than its
 * headers name: for servers that do not compare them themselves, before they act on the body. */
export function checkMcpBody(request: Request, body: unknown): void {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  if (typeof text !== 'string')
    throw new TypeError('checkMcpBody() needs the body of the request, parsed or as a text');
  if (isBodyOfMcpHeaders(headerLines(request), text)) return;
  const error = new InvalidRequestError('the headers that name the operation are missing or malformed');
  error.reason = 'operation_malformed';
  throw error;
}
