// The options of `auth()` with the environment and the defaults of `express-oauth2-jwt-bearer` 1.10 in place, and its
// complaints about those that contradict one another.

import { strict as assert } from 'node:assert';
import { checkHeaders } from '../engine/http-get';
import { advice, ISSUER_OPTIONS, misspeltVariables, VARIABLES } from '../environment';
import { OPTIONS, optionsThat } from '../option-table';
import { isError, isObject } from '../js/realm';
import { isThenable } from '../js/thenable';
import { checkIntrospection } from './introspection';
import {
  ASYMMETRIC,
  checkIssuers,
  checkPublicKey,
  checkSecret,
  isAsymmetric,
  isSymmetric,
  mayBeUrl,
  needNoAudience,
  SYMMETRIC,
} from './issuer-checks';
import { checkOneIssuer } from './issuer-settings';
import { checkOptionNames } from './option-names';
import { checkCredential, checkNumbers, checkSenderConstraint, checkSwitches } from './option-values';
import type { AuthOptions, ResolvedOptions } from './options';
import { checkProvider, providerOfEnvironment } from './provider';
import { checkTokenPlace } from './token-place';
import { checkSet, emptyOptions } from './unset';
import { checkValidators } from './validators';

/** None of these switches a check off by being absent. */
const ABSENT_IF_EMPTY: ReadonlySet<string> = new Set(optionsThat((row) => row.isAbsentIfEmpty));

/** The options that have a default. */
const WITH_DEFAULT = optionsThat((row) => row.default !== undefined);

/** Fills in what is left out. Throws what the operator must mend. */
export function resolveOptions(given: AuthOptions): ResolvedOptions {
  const { env } = process;
  assert(isObject(given) && !isThenable(given), "'auth' must be given an object of options");
  checkSet(given);
  checkOptionNames(given);
  // `null` is as good as left out where it always was; the checks below see what was given.
  const isAbsent = (name: string, value: unknown) => value === null || (value === '' && ABSENT_IF_EMPTY.has(name));
  const options = Object.fromEntries(
    Object.entries(given).filter(([name, value]) => !isAbsent(name, value)),
  ) as AuthOptions;
  checkSwitches(options);
  const provider = options.provider ?? providerOfEnvironment(options);
  const resolved = {
    ...options,
    ...(provider === undefined ? ofIssuer(options) : { provider, presetFacts: checkProvider(provider, options) }),
    audience: options.audience ?? (provider === undefined ? env.AUDIENCE : undefined) ?? '',
    ...Object.fromEntries(WITH_DEFAULT.map((name) => [name, options[name] ?? OPTIONS[name].default])),
  } as ResolvedOptions;
  // The variables are those of an issuer, which the preset says.
  if (provider === undefined) checkEnvironment(options, () => explained(given, () => checkCombination(resolved)));
  const { issuer, issuerBaseURL, jwksUri, secret, publicKey, loadBalancer, mcd } = resolved;
  // An issuer is the URL its metadata is found by (RFC 8414 §3), and is then compared exactly.
  if (issuer && !(issuerBaseURL || jwksUri || secret || publicKey || loadBalancer || mcd))
    resolved.issuerBaseURL = issuer;
  if (resolved.mcd) checkIssuers(resolved.mcd);
  if (given.tokenPlace !== undefined) checkTokenPlace(given.tokenPlace);
  if (resolved.validators !== undefined) checkValidators(resolved.validators);
  checkSenderConstraint(given);
  checkNumbers(resolved);
  const { keyRequestHeaders: headers } = resolved;
  if (headers !== undefined && typeof headers !== 'function') checkHeaders(headers);
  assert(
    !(headers && resolved.mcd),
    "You must not provide both 'mcd' and 'keyRequestHeaders': one issuer must not see what is for another",
  );
  if (resolved.introspection !== undefined) {
    checkCredential(resolved.introspection);
    checkIntrospection(resolved.introspection, resolved);
  }
  return resolved;
}

/** What the options about an issuer are, given or in the environment. */
function ofIssuer(options: AuthOptions) {
  const read = ISSUER_OPTIONS.map((name) => [name, options[name] ?? (process.env[VARIABLES[name]] || undefined)]);
  return present(Object.fromEntries(read));
}

/** Throws at a misspelt variable where the environment configures the API. A name of one word, such as `SECRETS`, may be
 * another program's: it is only named where something is missing, which a misspelt `SECRET` or `AUDIENCE` always
 * brings about. */
function checkEnvironment(options: AuthOptions, checkRest: () => void): void {
  const isOpen = (option: string) => (options as Record<string, unknown>)[option] === undefined;
  const read = Object.entries(VARIABLES)
    .filter(([option]) => isOpen(option))
    .map(([, variable]) => variable);
  const misspelt = misspeltVariables(read);
  const sure = misspelt.filter(({ meant }) => meant.includes('_'));
  const isUsed = read.some((variable) => process.env[variable]);
  assert(sure.length === 0 || !isUsed, `a misspelt variable would be ignored${advice(sure)}`);
  try {
    checkRest();
  } catch (error) {
    if (misspelt.length > 0 && isError(error)) error.message += advice(misspelt);
    throw error;
  }
}

/** Names the options that are given and hold nothing, where something is missing or does not go together. A variable of the
 * environment that is not set is the usual reason. */
function explained(given: AuthOptions, check: () => void): void {
  try {
    check();
  } catch (error) {
    if (isError(error)) error.message += emptyOptions(given, ABSENT_IF_EMPTY);
    throw error;
  }
}

/** Without what is `undefined`. */
export function present<T extends Record<string, unknown>>(options: T): Partial<T> {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as Partial<T>;
}

/** What the original, whose words come before it, does not know. */
const ISSUER_ALONE = "; an 'issuer' that is a URL is enough by itself, and so is a 'provider'";

function checkCombination(options: ResolvedOptions): void {
  const { mcd, issuerBaseURL, issuer, jwksUri, secret, publicKey, loadBalancer, tokenSigningAlg: alg } = options;
  assert(
    mcd || issuerBaseURL || (issuer && (jwksUri || secret || publicKey || mayBeUrl(issuer))),
    "You must provide 'mcd', 'issuerBaseURL', or both 'issuer' and ('jwksUri', 'secret', or 'publicKey')" +
      ISSUER_ALONE +
      (issuer
        ? "; this 'issuer' has no scheme: write the URL that the tokens have in 'iss', with https:// (or http://localhost)"
        : ''),
  );
  if (loadBalancer !== undefined) {
    const others = { mcd, issuerBaseURL, jwksUri, secret, publicKey, introspection: options.introspection };
    for (const [name, value] of Object.entries(others))
      assert(!value, `You must not provide both 'loadBalancer' and '${name}'`);
    assert(issuer, "'loadBalancer' needs an 'issuer': where it logs users in");
    assert(typeof loadBalancer.arn === 'string', "'loadBalancer' needs an 'arn'");
    const { keysAt } = loadBalancer;
    assert(keysAt === undefined || typeof keysAt === 'string', "'loadBalancer.keysAt' must be a URL");
  }
  assert(!(mcd && issuerBaseURL), "You must not provide both 'mcd' and 'issuerBaseURL'");
  assert(!(mcd && issuer), "You must not provide both 'mcd' and 'issuer'. Use 'mcd' for multi-issuer mode.");
  assert(!(mcd && jwksUri), "You must not provide both 'mcd' and 'jwksUri'. Use 'mcd' for multi-issuer mode.");
  assert(!(secret && jwksUri), "You must not provide both a 'secret' and 'jwksUri'");
  assert(!(publicKey && jwksUri), "You must not provide both a 'publicKey' and 'jwksUri'");
  assert(!(publicKey && secret), "You must not provide both a 'publicKey' and 'secret'");
  assert(!(publicKey && issuerBaseURL), "You must not provide both a 'publicKey' and 'issuerBaseURL'");
  assert(
    !(mcd && secret),
    'Cannot use top-level "secret" with mcd mode. Specify secrets per-issuer in the issuer configuration: ' +
      '{ issuer: "...", secret: "...", alg: "HS256" }',
  );
  assert(
    !(mcd && publicKey),
    'Cannot use top-level "publicKey" with mcd mode. Specify publicKey per-issuer in the issuer configuration: ' +
      '{ issuer: "...", publicKey: "..." }',
  );
  const { audience, tokensWithoutAudience } = options;
  assert(
    !(mcd && options.dangerous?.tokensWithoutIssuer),
    "You must not provide both 'mcd' and 'dangerous.tokensWithoutIssuer': it would not be clear whose they are",
  );
  checkOneIssuer(options);
  const audiences: unknown[] = [audience].flat();
  // One that is empty would be a check that means nothing.
  const isGiven = audiences.length > 0 && !audiences.some((one) => one === '' || one === undefined || one === null);
  assert(
    isGiven || (audience === '' && (tokensWithoutAudience || (mcd && needNoAudience(mcd)))),
    "An 'audience' is required to validate the 'aud' claim",
  );
  checkSecret(secret);
  assert(!secret || alg, "You must provide a 'tokenSigningAlg' for validating symmetric algorithms");
  assert(
    secret || !alg || isAsymmetric(alg),
    `You must supply one of ${ASYMMETRIC.join(', ')} for 'tokenSigningAlg' to validate asymmetrically signed tokens`,
  );
  assert(
    !secret || (alg && isSymmetric(alg)),
    `You must supply one of ${SYMMETRIC.join(', ')} for 'tokenSigningAlg' to validate symmetrically signed tokens`,
  );
  if (publicKey) checkPublicKey(publicKey, alg);
}
