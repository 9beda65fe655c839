// Waiting for keys: for those who want to fail at start, or to know which issuers can be served.

/** An issuer whose keys are missing. */
export interface IssuerNotReady {
  issuer: string;
  /** What went wrong: a refused connection, a status, the keys of a set of which none can be used. */
  error: Error;
}

/** What became of waiting for one issuer. */
export interface Waited {
  issuer: string;
  error?: Error | undefined;
}

/** The keys of some issuers are missing. Tokens of the others are served. */
export class NotReadyError extends Error {
  /** The issuers whose keys are there. */
  readonly ready: string[];
  /** The others, at least one. */
  readonly missing: IssuerNotReady[];

  constructor(ready: string[], missing: IssuerNotReady[]) {
    super(
      missing.map(({ issuer, error }) => `no keys of issuer ${JSON.stringify(issuer)}: ${error.message}`).join('; '),
    );
    this.name = 'NotReadyError';
    this.ready = ready;
    this.missing = missing;
  }
}

/** Throws where keys are missing. */
export function report(waited: readonly Waited[]): void {
  const missing = waited.filter((one): one is IssuerNotReady => one.error !== undefined);
  if (missing.length > 0) {
    throw new NotReadyError(
      waited.filter(({ error }) => error === undefined).map(({ issuer }) => issuer),
      missing,
    );
  }
}
