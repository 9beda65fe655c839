// One request, bounded in time and size. Node's own clients, so that agents, proxies and HTTP mocks apply.

import * as http from 'node:http';
import * as https from 'node:https';
import { type AnswerHead, redactedUrl, told } from '../native/addon';

export type Agent = http.Agent | https.Agent;

/** The application's own headers of requests for metadata and keys: secrets. A function is asked before each request. */
export type KeyRequestHeaders =
  | Record<string, string>
  | (() => Record<string, string> | Promise<Record<string, string>>);

export interface GetRequest {
  url: string;
  accept: string;
  ifNoneMatch?: string | undefined;
  authorization?: string | undefined;
  headers?: KeyRequestHeaders | undefined;
  /** Makes it a `POST`. */
  form?: string | undefined;
  maxBytes: number;
  agent?: Agent | undefined;
  /** From connecting to the last byte, in milliseconds. */
  timeout: number;
  /** Whether somebody waits: only then may the fetch keep the process alive. */
  awaited: boolean;
}

export interface GetAnswer extends AnswerHead {
  body: Buffer;
}

/** The errors of requests whose time was over. */
const late = new WeakSet<Error>();

/** Whether a request failed since its answer was not there in time. */
export function isLate(error: unknown): boolean {
  return late.has(error as Error) || (error as NodeJS.ErrnoException | undefined)?.code === 'ETIMEDOUT';
}

/** Fetches. Redirects are not followed, and nothing is decompressed. What it rejects with names the URL as people may
 * see it. */
export async function get(request: GetRequest): Promise<GetAnswer> {
  const begin = performance.now();
  const own = request.headers === undefined ? {} : await ownHeaders(request.headers, request.timeout);
  const again = () => ({ ...request, timeout: Math.max(1, request.timeout - (performance.now() - begin)) });
  try {
    return await attempt(again(), own);
  } catch (error) {
    if (!(error instanceof StaleConnection)) throw error;
    return attempt(again(), own);
  }
}

/** The function's own texts and values stay out of errors. */
async function ownHeaders(headers: KeyRequestHeaders, timeout: number): Promise<Record<string, string>> {
  if (typeof headers !== 'function') return lowercased(headers);
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error('late')), timeout);
  });
  try {
    const given = await Promise.race([headers(), late]);
    checkHeaders(given);
    return lowercased(given);
  } catch (error) {
    const { code } = (error ?? {}) as NodeJS.ErrnoException;
    const failed = new Error(`keyRequestHeaders failed${typeof code === 'string' ? `: ${code}` : ''}`);
    throw typeof code === 'string' ? Object.assign(failed, { code }) : failed;
  } finally {
    clearTimeout(timer);
  }
}

const lowercased = (headers: Record<string, string>) =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));

/** Throws what cannot be a header, and says nothing of its value. */
export function checkHeaders(headers: unknown): void {
  if (typeof headers !== 'object' || headers === null || Array.isArray(headers)) {
    throw new TypeError("'keyRequestHeaders' must be an object of headers, or a function that gives one");
  }
  for (const [name, value] of Object.entries(headers)) {
    try {
      http.validateHeaderName(name);
      if (typeof value !== 'string') throw new TypeError('no text');
      http.validateHeaderValue(name, value);
    } catch {
      throw new TypeError(`'keyRequestHeaders' has a header that cannot be sent: ${JSON.stringify(name)}`);
    }
  }
}

/** The server had closed an idle connection, and this process did not know yet: it was busy, or frozen as in AWS Lambda.
 * Nothing was answered, and a `GET` may be sent again (RFC 9110 §9.2.2). */
class StaleConnection extends Error {}

function attempt(request: GetRequest, own: Record<string, string>): Promise<GetAnswer> {
  return new Promise((resolve, reject) => {
    const { url, agent, maxBytes, form, authorization } = request;
    const headers: Record<string, string> = {
      ...own,
      accept: request.accept,
      'accept-encoding': 'identity',
      'user-agent': 'bearward',
    };
    if (request.ifNoneMatch !== undefined) headers['if-none-match'] = request.ifNoneMatch;
    if (authorization !== undefined) headers.authorization = authorization;
    if (form !== undefined) {
      headers['content-type'] = 'application/x-www-form-urlencoded';
      headers['content-length'] = String(Buffer.byteLength(form));
    }
    const client = url.startsWith('https:') ? https : http;
    let outgoing: http.ClientRequest;
    try {
      outgoing = client.request(url, { method: form === undefined ? 'GET' : 'POST', headers, ...(agent && { agent }) });
    } catch (error) {
      reject(told(error));
      return;
    }
    let isOver = false;
    const deadline = setTimeout(() => {
      isOver = true;
      outgoing.destroy(new Error(`${redactedUrl(url)} did not answer within ${request.timeout} ms`));
    }, request.timeout);
    deadline.unref?.();
    if (!request.awaited) outgoing.once('socket', (socket) => socket.unref?.());
    const fail = (error: Error) => {
      clearTimeout(deadline);
      const said = error instanceof StaleConnection ? error : told(error);
      if (isOver) late.add(said);
      reject(said);
    };
    let answered = false;
    outgoing.on('error', (error: NodeJS.ErrnoException) => {
      const isStale = outgoing.reusedSocket && !answered && form === undefined && error.code === 'ECONNRESET';
      fail(isStale ? new StaleConnection() : error);
    });
    outgoing.once('response', (response) => {
      answered = true;
      const chunks: Buffer[] = [];
      let bytes = 0;
      response.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes > maxBytes) {
          outgoing.destroy();
          fail(new Error(`${redactedUrl(url)} answered with more than ${maxBytes} bytes`));
          return;
        }
        chunks.push(chunk);
      });
      response.on('error', fail);
      response.once('aborted', () => fail(new Error(`${redactedUrl(url)} broke off its answer`)));
      response.once('end', () => {
        clearTimeout(deadline);
        resolve({ ...head(response), body: Buffer.concat(chunks) });
      });
    });
    outgoing.end(form);
  });
}

function head(response: http.IncomingMessage): AnswerHead {
  const { 'content-type': contentType, etag, 'cache-control': cacheControl, age } = response.headers;
  return {
    status: response.statusCode ?? 0,
    ...(contentType !== undefined && { contentType }),
    ...(etag !== undefined && { etag }),
    ...(cacheControl !== undefined && { cacheControl }),
    ...(age !== undefined && { age }),
  };
}
