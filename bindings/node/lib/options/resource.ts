// The option `resource`: what clients are told of the API (RFC 9728).

/** What to do with a `URL`, which tells by itself neither how clients write it nor whether it ends in a slash. */
export const AS_TEXT = ' as text: write it as clients are given it, in quotes, and not as a URL object';

export interface ResourceOptions {
  /** The URL under which clients know the API, such as `https://api.example.com/mcp`; it should be one of the
   * audiences. */
  identifier: string;
  /** The identifiers of the authorization servers. Default: those that `auth()` trusts. */
  authorizationServers?: string[];
  /** Scopes that clients may ask for. */
  scopes?: string[];
  /** What people are shown. */
  name?: string;
  /** The URL of a page for developers. */
  documentation?: string;
  /** Whether the document is served at the root of the host as well, for clients that leave out the path of the identifier. */
  atRoot?: boolean;
  /** Any other member of the document. */
  members?: Record<string, unknown>;
}
