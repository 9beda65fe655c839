// The user and the user's browser: opens the page of the authorization server, allows the client, and follows the way
// back as far as the client's redirect URI.

export const REDIRECT_URI = 'http://127.0.0.1:54321/callback';

/** Resolves to the parameters that come back. */
export async function allow(authorizationUrl) {
  const page = await fetch(authorizationUrl, { redirect: 'manual' });
  const [, request] = /name="request" value="([^"]+)"/.exec(await page.text()) ?? [];
  if (request === undefined) throw new Error(`the server asks nothing: ${page.status} ${page.headers.get('location')}`);
  const { origin, pathname } = new URL(authorizationUrl);
  const body = new URLSearchParams({ request, decision: 'allow' });
  const answer = await fetch(`${origin}${pathname}`, { method: 'POST', body, headers: { origin }, redirect: 'manual' });
  const back = new URL(answer.headers.get('location'));
  if (`${back.origin}${back.pathname}` !== REDIRECT_URI) throw new Error(`sent to ${back}`);
  return back.searchParams;
}
