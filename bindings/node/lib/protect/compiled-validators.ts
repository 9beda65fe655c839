// The option `validators`, divided between the core, whose checks some take the place of, and functions that run here.

import type { DangerousSettings } from '../generated/settings';
import type { FunctionValidator, Validators } from '../options/validators';
import { InvalidTokenError } from '../refusal/original/errors';
import { isThenable } from '../js/thenable';
import type { JWTHeader, JWTPayload } from '../token/payload';

type Check = (payload: JWTPayload, header: JWTHeader) => boolean | Promise<boolean>;

/** What the strict profile of RFC 9068 adds, for when an application takes a part of it over. */
const STRICT: Readonly<Record<string, FunctionValidator>> = {
  typ: (typ) => typeof typ === 'string' && typ.toLowerCase().replace(/^application\//, '') === 'at+jwt',
  iat: (iat) => typeof iat === 'number',
  sub: (sub) => typeof sub === 'string',
  client_id: (clientId) => typeof clientId === 'string',
  jti: (jti) => typeof jti === 'string',
};

export interface CompiledValidators {
  strict: boolean;
  dangerous: DangerousSettings;
  /** Throws `InvalidTokenError`; a promise where a check is asynchronous. Absent where there are none. */
  validate: ((payload: JWTPayload, header: JWTHeader) => void | Promise<void>) | undefined;
}

/** Divides the validators between the core and JavaScript. */
export function compile(
  custom: Partial<Validators> | undefined,
  strict: boolean,
  issuers: 'one-issuer' | 'several-issuers',
): CompiledValidators {
  const own = Object.entries(custom ?? {}).filter(([, validator]) => validator !== undefined);
  const taken = new Set(own.map(([name]) => name));
  const divided = strict && Object.keys(STRICT).some((name) => taken.has(name));
  const rest = divided ? Object.entries(STRICT).filter(([name]) => !taken.has(name)) : [];
  const checks = [...rest, ...own].filter(([, validator]) => validator !== false) as Array<
    [string, string | FunctionValidator]
  >;
  const compiled = checks.map(([name, validator]) => [name, compileOne(name, validator)] as const);
  return {
    strict: strict && !divided,
    dangerous: {
      // With several issuers the issuer says whose keys count, so it is always matched.
      allow_any_issuer: taken.has('iss') && issuers === 'one-issuer',
      allow_any_audience: taken.has('aud'),
      allow_tokens_without_expiry: taken.has('exp'),
    },
    validate: compiled.length === 0 ? undefined : (payload, header) => run(compiled, payload, header),
  };
}

function compileOne(name: string, validator: string | FunctionValidator): Check {
  const valueIn = (payload: JWTPayload, header: JWTHeader) => {
    const source = name === 'alg' || name === 'typ' ? header : payload;
    return Object.hasOwn(source, name) ? source[name] : undefined;
  };
  if (typeof validator === 'string') return (payload, header) => valueIn(payload, header) === validator;
  if (typeof validator === 'function') return (payload, header) => validator(valueIn(payload, header), payload, header);
  throw new TypeError(`validators.${name} must be a function, a string or false`);
}

function run(
  checks: ReadonlyArray<readonly [string, Check]>,
  payload: JWTPayload,
  header: JWTHeader,
): void | Promise<void> {
  const pending: Promise<void>[] = [];
  for (const [name, check] of checks) {
    const verdict = check(payload, header);
    if (typeof verdict === 'boolean' || !isThenable(verdict)) {
      judge(name, verdict);
      continue;
    }
    const judged = Promise.resolve(verdict).then((holds) => judge(name, holds));
    // If a later check throws, this one is not awaited any more.
    judged.catch(() => {});
    pending.push(judged);
  }
  return pending.length === 0 ? undefined : Promise.all(pending).then(() => undefined);
}

function judge(name: string, holds: unknown): void {
  if (!holds) throw new InvalidTokenError(`Unexpected '${name}' value`);
}
