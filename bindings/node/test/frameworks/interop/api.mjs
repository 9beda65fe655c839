// The demo's routes in Express, for tokens of servers that others wrote.

import { start } from '../apps/express.mjs';
import { options } from '../demo.mjs';

/** Serves them for tokens of `issuer`, until the test ends; resolves to their URL. `more` are options. */
export async function serve(context, issuer, more, proxy) {
  const { port, close } = await start({ ...options(issuer), ...more }, proxy);
  context.after(close);
  return `http://127.0.0.1:${port}`;
}
