// The calls of this page to the server that it comes from.

async function answered(call) {
  let response;
  try {
    response = await call;
  } catch {
    throw new Error('The program that serves this page does not answer. Was it stopped?');
  }
  const body = await response.json().catch(() => ({}));
  if (!response.ok) throw new Error(body.error ?? `The server of this page answered ${response.status}.`);
  return body;
}

export const get = (path) => answered(fetch(path, { cache: 'no-store' }));

export const post = (path, body) =>
  answered(fetch(path, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }));
