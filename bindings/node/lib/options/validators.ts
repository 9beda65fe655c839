// The option `validators`: checks of the application's own, beside the core's or in their place.

import type { JWTHeader, JWTPayload } from '../token/payload';

export type FunctionValidator = (value: unknown, claims: JWTPayload, header: JWTHeader) => Promise<boolean> | boolean;

/** `false` switches the check off, a string means equality. */
export type Validator = FunctionValidator | string | false | undefined;

export interface Validators {
  alg: Validator;
  typ: Validator;
  iss: Validator;
  aud: Validator;
  exp: Validator;
  iat: Validator;
  sub: Validator;
  client_id: Validator;
  jti: Validator;
  [claim: string]: Validator;
}
