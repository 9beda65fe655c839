// A calendar that tests set: the engine is told the time by `Date.now()`.

/** Runs `during` with the calendar moved by this many milliseconds. */
export async function withCalendarMoved(by, during) {
  const { now } = Date;
  Date.now = () => now() + by;
  try {
    return await during();
  } finally {
    Date.now = now;
  }
}
