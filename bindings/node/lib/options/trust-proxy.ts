// The option `trustProxy`, for requests that do not tell who is at the other end of their connection, and for frameworks
// without a setting for it.

import type { AuthOptions } from './options';
import { without } from './snapshot';
import { refuseUnset } from './unset';

/** The options of `auth()`, and what a request cannot tell. */
export interface ProxiedOptions<Source> extends AuthOptions {
  /** Whether a request comes from a proxy of yours, which `proxyHeaders` and `clientCertificateHeader` speak of: `true` where
   * nothing but the proxy can reach the server, or a function that tells. Default: none does. */
  trustProxy?: boolean | ((source: Source) => boolean);
}

export interface SeparatedOptions<Source> {
  options: AuthOptions;
  trusts: (source: Source) => boolean;
}

/** Whether the options speak of a proxy: only then does it matter who is at the other end. */
export function speaksOfProxies({ proxyHeaders, clientCertificateHeader }: AuthOptions): boolean {
  return (proxyHeaders ?? clientCertificateHeader) !== undefined;
}

/** Takes `trustProxy` out of the options. Without it, `own` is what the framework believes. Throws where a proxy is spoken of,
 * and nothing says which is trusted. */
export function separated<Source>(
  given: ProxiedOptions<Source>,
  own?: (source: Source) => boolean,
): SeparatedOptions<Source> {
  const trustProxy = given.trustProxy ?? own;
  if (trustProxy === undefined && speaksOfProxies(given)) {
    throw new TypeError(
      "'proxyHeaders' and 'clientCertificateHeader' need 'trustProxy': without it, no request is known to come from a proxy",
    );
  }
  refuseUnset(Object(given), 'trustProxy', 'trustProxy', 'no proxy is trusted, or the framework says which');
  return { options: without(given, 'trustProxy'), trusts: trustOf(trustProxy) };
}

function trustOf<Source>(trustProxy: ProxiedOptions<Source>['trustProxy']): (source: Source) => boolean {
  switch (typeof trustProxy) {
    case 'function':
      return (source) => trustProxy(source) === true;
    case 'boolean':
    case 'undefined':
      return () => trustProxy === true;
    default:
      throw new TypeError("'trustProxy' must be true, false or a function");
  }
}
