// What every client here is sent for: one token that is bound to its key, and two calls of an API with it.

import { parseArgs } from 'node:util';

const text = { type: 'string' };
const { values } = parseArgs({ options: { issuer: text, client: text, resource: text, scope: text, url: text } });

export const { issuer, client: clientId, resource, scope } = values;
export const clientSecret = `${clientId}-secret`;
export const url = new URL(values.url);

let requests = 0;

/** `fetch`, with a note of each request. */
export function countedFetch(...request) {
  requests += 1;
  return fetch(...request);
}

/** Runs one part of the errand; says in a line of JSON what came of it, and how many requests it took. */
export async function report(part, run) {
  requests = 0;
  let outcome;
  try {
    outcome = await run();
  } catch (error) {
    outcome = { error: String(error), code: error.code };
  }
  const { token, ...said } = outcome;
  process.stdout.write(`${JSON.stringify({ part, requests, ...said })}\n`);
  return token;
}

/** An answer of the API. */
export async function answered(response) {
  await response.text();
  return { status: response.status };
}
