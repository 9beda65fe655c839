// How a requirement crosses to the core.

import type { Requirement } from '../requirement';

/** A requirement as JSON, for the core. JSON has no `NaN` and no `Infinity`, and would write `null` for them and for what
 * is `undefined` in an array, which means something else: that throws. */
export function writeRequirement(requirement: Requirement): string {
  return JSON.stringify(requirement, function (this: unknown, name, value: unknown) {
    // Without such a member, less would be required.
    if (name === 'authorization_details' && Object.values(Object(value)).includes(undefined)) {
      throw new TypeError('requirement: a member of authorization_details is undefined');
    }
    const isLost = Array.isArray(this) && ['undefined', 'function', 'symbol'].includes(typeof value);
    if (isLost || (typeof value === 'number' && !Number.isFinite(value))) {
      throw new TypeError(`requirement: ${String(value)} cannot be required of a claim`);
    }
    return value;
  });
}
