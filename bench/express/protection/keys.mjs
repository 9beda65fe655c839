// What those who protect an API by hand write around their library.

/** The URL of the issuer's keys. */
export async function jwksUri(issuer) {
  const response = await fetch(`${issuer}/.well-known/openid-configuration`);
  const { jwks_uri: uri } = await response.json();
  return uri;
}

/** The token of a request. */
export function bearer(req) {
  const { authorization } = req.headers;
  if (authorization === undefined || !authorization.startsWith('Bearer ')) throw new Error('no token');
  return authorization.slice(7);
}

export function refused(error) {
  return Object.assign(error, { status: 401 });
}
