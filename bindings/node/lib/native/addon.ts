// The native addon, with its settings as objects and its complaints in the words of the options.

import { errorFrom } from '../js/realm';
import { loadAddon } from './load-addon';
import type * as declarations from '../generated/declarations';
import type {
  Beside,
  FailureFacts,
  NativeDiscovery,
  NativeEngine,
  NativeReplayMemory,
  NativeRevocationList as RevocationListInstance,
  ProviderFacts,
  ResourceDocument,
  Verdict,
} from '../generated/declarations';
import { type IssuerPlaces, inOptions } from './setting-paths';
import type { IssuerSettings, Settings } from '../generated/settings';

export type {
  Answer as AnswerHead,
  Beside,
  Consult,
  DiscoveryStep,
  Entry as RevocationFound,
  Fetch,
  FetchStep,
  NativeDiscovery,
  NativeEngine,
  NativeReplayMemory,
  ProviderFacts,
  ResourceDocument,
  RequestParts,
  Verdict,
} from '../generated/declarations';

/** Decides about a request with one `Authorization` header and no other credential. */
export type NativeCheck = ReturnType<NativeEngine['checker']>;

/** Why a request may not pass: as the addon says it, or as this side of the boundary found it out. */
export interface Failure extends Omit<FailureFacts, 'challenges'> {
  /** Absent where JavaScript found the failure. */
  challenges?: string[];
  /** What went wrong here, for its operator's eyes. */
  cause?: Error;
  /** By what the token was judged, where that is observed. */
  judged?: NonNullable<Verdict['judged']>;
}

/** One issuer by its identifier. */
export type NamedIssuer = IssuerSettings & { issuer: string };

/** What engines of this process may share. */
export interface Memories {
  replays?: NativeReplayMemory | undefined;
  revocations?: RevocationListInstance | undefined;
}

const addon = loadAddon() as typeof declarations;

/** Builds an engine, or throws an `Error` that says which setting cannot work. */
export function createEngine(
  settings: Settings,
  beside: Beside = {},
  { replays, revocations }: Memories = {},
  places?: IssuerPlaces,
): NativeEngine {
  return configured(() => new addon.NativeEngine(JSON.stringify(settings), beside, replays, revocations), places);
}

/** Has an engine trust an issuer that a resolver named, or throws an `Error` that says which setting cannot work. */
export function trustIssuer(engine: NativeEngine, settings: NamedIssuer): void {
  configured(() => engine.resolved(settings.issuer, JSON.stringify(settings), Date.now()));
}

export function createReplayMemory(maxEntries: number): NativeReplayMemory {
  return new addon.NativeReplayMemory(maxEntries);
}

export const { NativeRevocationList } = addon;
export type NativeRevocationList = RevocationListInstance;

/** What people may see: `redactedUrl` of a URL, without userinfo, values of parameters and fragment; `redactedText` of
 * a text with URLs in it. The rules are the core's. A value of another type, such as a `URL`, is written out here: the
 * addon would throw an error that quotes it. */
export const redactedUrl = (url: unknown) => addon.redactedUrl(String(url));
export const redactedText = (text: unknown) => addon.redactedText(String(text));

/** An error that may be told. Those of Node.js and of agents hold the URL in their properties or quote it in their
 * message, and a parser's holds the bytes of the answer: the message, redacted, and the code remain. */
export function told(error: unknown): Error {
  const { message, code } = errorFrom(error) as NodeJS.ErrnoException;
  const said = new Error(redactedText(message || code || 'it failed'));
  return code === undefined ? said : Object.assign(said, { code });
}

/** What finds the identifier of an issuer by its base URL. Throws an `Error` for what is not the URL of an issuer. */
export function createDiscovery(base: string, place?: string): NativeDiscovery {
  return configured(() => new addon.NativeDiscovery(String(base)), [place]);
}

/** Whether the body of an MCP request, a JSON text, is about the operation that its headers name. */
export const { isBodyOfMcpHeaders } = addon;

/** A failure that is found on this side of the boundary, as the core's table has it; one that is temporary with the
 * seconds after which trying again makes sense. Challenges are made where the answer is. */
export function failureOf(code: Parameters<typeof addon.failureOf>[0], retryAfter = 0): Failure {
  const { challenges: _, ...failure } = addon.failureOf(code, retryAfter);
  return failure;
}

/** What to say to the operator of a token with this `iss`, if one of these configured issuers is almost the same. */
export const nearMiss = (iss: string, configured: string[]) => addon.nearMiss(iss, configured) ?? undefined;

/** The known name that is written almost like the given one. */
export const { closestName } = addon;

/** Describes the resource of settings, or throws an `Error` that says which setting cannot work. */
export function describeResource(settings: Settings): ResourceDocument {
  return configured(() => addon.describeResource(JSON.stringify(settings)));
}

/** Reads a provider's preset, or throws an `Error` that says which value cannot work. */
export function providerFacts(provider: object): ProviderFacts {
  return configured(() => addon.providerFacts(JSON.stringify(provider)));
}

/** The preset that environment variables name, or throws an `Error` that says which cannot work. */
export function providerFromVariables(variables: NodeJS.ProcessEnv): object | undefined {
  const pairs = Object.entries(variables).filter(([name]) => /^(PROVIDER(_.*)?|AUDIENCE)$/.test(name));
  const json = configured(() => addon.providerFromVariables(pairs.flat() as string[]));
  return json === null ? undefined : JSON.parse(json);
}

/** Runs what may throw about the configuration, and says it by the names of the options. */
export function configured<T>(run: () => T, places?: IssuerPlaces): T {
  try {
    return run();
  } catch (error) {
    const { message } = errorFrom(error);
    throw new Error(inOptions(message, places), { cause: error });
  }
}
