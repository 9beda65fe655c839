// What a test opens is closed after it, whether it passes or not.

import { afterEach } from 'node:test';
import { serve } from './app.mjs';
import { startIssuer } from './issuer.mjs';

const open = [];
afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});

/** Keeps what has a `close()`, and gives it back. */
function closedAfterwards(one) {
  open.push(one);
  return one;
}

/** An authorization server. */
export const issuer = async () => closedAfterwards(await startIssuer());

/** An app of Express with these routes. */
export const served = async (routes, framework) => closedAfterwards(await serve(routes, framework));
