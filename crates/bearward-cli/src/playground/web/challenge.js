// Takes WWW-Authenticate apart (RFC 9110 §11.6.1): schemes, each with its parameters.

const MEANINGS = {
  realm: 'what is protected',
  error: 'the kind of error (RFC 6750 §3.1, RFC 9449 §7.1, RFC 9470 §3)',
  error_description: 'what is wrong, for the developer of the client',
  scope: 'the scopes that the route needs',
  algs: 'the algorithms that a proof may be signed with',
  acr_values: 'the authentication that the route needs',
  max_age: 'how many seconds ago the authentication may be',
  resource_metadata: 'where the API describes itself (RFC 9728)',
};

export const meaningOf = (name) => MEANINGS[name] ?? '';

/** `[{ scheme, parameters: [[name, value], …] }, …]` of one header's value. */
export function challenges(value) {
  const found = [];
  const token = /([A-Za-z][\w!#$%&'*+.^`|~-]*)/y;
  const parameter = /([A-Za-z_][\w-]*)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,]+))/y;
  let at = 0;
  const read = (pattern) => {
    pattern.lastIndex = at;
    const match = pattern.exec(value);
    if (match) at = pattern.lastIndex;
    return match;
  };
  while (at < value.length) {
    if (/[\s,]/.test(value[at])) {
      at += 1;
      continue;
    }
    const given = found.length > 0 && read(parameter);
    if (given) {
      found.at(-1).parameters.push([given[1], (given[2] ?? given[3]).replaceAll(/\\(.)/g, '$1')]);
      continue;
    }
    const scheme = read(token);
    if (!scheme) break;
    found.push({ scheme: scheme[1], parameters: [] });
  }
  return found;
}
