// Values of settings in the forms that the core reads.

import type { Duration, Secret } from '../generated/settings';

/** No duration is longer: some thirty thousand years. What has no end would be `Infinity`. */
const LONGEST = 1e15;

/** What is negative becomes zero. Without an exponent, which the core does not read. */
export const milliseconds = (duration: number): Duration => `${Math.min(Math.max(duration, 0), LONGEST).toFixed(3)}ms`;

export const seconds = (duration: number): Duration => milliseconds(duration * 1000);

/** A secret that is a text, or bytes. */
export const secret = (given: string | Uint8Array): Secret =>
  typeof given === 'string' ? given : { base64: Buffer.from(given).toString('base64') };
