// `WWW-Authenticate`: one challenge for each accepted scheme, the error in that of the scheme that was used.

export type Scheme = 'Bearer' | 'DPoP';

/** What is wrong, in words for a client. */
export interface Blame {
  code: string;
  description: string;
}

/** The scheme of an `Authorization` header, `Bearer` where it names none that is known. */
export function schemeOf(authorization: string | undefined): Scheme {
  return /^dpop( |$)/i.test(authorization ?? '') ? 'DPoP' : 'Bearer';
}

const CHALLENGE = /^(\w+) (realm="[^"]*")?(?:, )?(.*)$/;

/** The values as the core writes them, out of its challenges for a request that presents nothing. */
export function coreChallenges(bare: readonly string[], used: Scheme, blame?: Blame): string[] {
  if (blame === undefined) return [...bare];
  const error = `error="${blame.code}", error_description="${quotable(blame.description)}"`;
  const accepted = bare.map((challenge) => challenge.split(' ', 1)[0]);
  // A credential of a scheme that is not accepted is answered in one that is.
  const place = Math.max(0, accepted.indexOf(used));
  const written = bare.map((challenge, at) => {
    if (at !== place) return challenge;
    const [, scheme, realm = '', rest = ''] = CHALLENGE.exec(challenge) ?? [];
    return `${scheme} ${[realm, error, rest].filter((part) => part !== '').join(', ')}`;
  });
  // Clients that expect the challenge at the beginning of the header get through the nonce by themselves.
  return blame.code === 'use_dpop_nonce' ? [...written.splice(place, 1), ...written] : written;
}

/** RFC 6750 §3 allows neither quotes nor backslashes; beyond printable ASCII nothing may end the header. */
export function quotable(text: string): string {
  return text.replace(/["\\]/g, "'").replace(/[^ -~]/g, '?');
}
