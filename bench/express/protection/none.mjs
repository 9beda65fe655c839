/** What a request costs before anyone looks at its token. */
export function protect() {
  return [];
}
