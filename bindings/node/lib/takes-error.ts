// Whether a callback can tell a refusal from a permit, by how it is written.

/** White space and comments. */
const GAP = String.raw`(?:\s|//[^\n]*\n|/\*(?:[^*]|\*(?!/))*\*/)*`;
const NO_PARAMETERS = new RegExp(String.raw`^[^(]*\(${GAP}\)`);
const ARROW_WITHOUT_PARAMETERS = new RegExp(`${NO_PARAMETERS.source}${GAP}=>`);
const EMPTY_BODY = new RegExp(String.raw`(?:=>|\))${GAP}\{${GAP}\}$`);
/** A function with an empty body is not longer; the text of Express's `next` is not searched at each refusal. */
const LONGEST_EMPTY = 200;
/** Wrappers of tracing and test libraries pass `arguments` on; a native function does not show its parameters. */
const MAY_READ_ARGUMENTS = /(?:[^.\w$]|\.\.\.)arguments\b|\[native code\]/;

/** Whether a callback can make anything of an error: `() => {}`, `() => send()` and `(error) => {}` cannot. */
export function takesError<Callback>(next: Callback | undefined): next is Callback {
  if (typeof next !== 'function') return false;
  const text = Function.prototype.toString.call(next);
  if (text.length <= LONGEST_EMPTY && EMPTY_BODY.test(text)) return false;
  if (next.length > 0 || !NO_PARAMETERS.test(text)) return true;
  // The `arguments` in an arrow function are those of the function around it.
  return !ARROW_WITHOUT_PARAMETERS.test(text) && MAY_READ_ARGUMENTS.test(text);
}
