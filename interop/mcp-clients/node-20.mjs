// `@modelcontextprotocol/conformance` imports `globSync` of `node:fs`, which Node.js 20 does not have, and which its tests of
// servers do not call.

import { register } from 'node:module';

const FS = "export * from 'node:fs'; export { default } from 'node:fs'; export const globSync = () => [];";
const inline = (code) => `data:text/javascript,${encodeURIComponent(code)}`;

register(
  inline(`export const resolve = (specifier, context, next) =>
    specifier === 'fs' && context.parentURL?.includes('/@modelcontextprotocol/conformance/')
      ? { url: ${JSON.stringify(inline(FS))}, shortCircuit: true }
      : next(specifier, context);`),
);
