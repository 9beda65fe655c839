/** The URL of the issuer's keys. */
export async function jwksUri(issuer) {
  const response = await fetch(`${issuer}/.well-known/openid-configuration`);
  const { jwks_uri: uri } = await response.json();
  return uri;
}
