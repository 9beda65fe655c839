// What runtimes get that have no native addons: Cloudflare Workers and the edge runtimes of Vercel and Next.js. `exports` in
// package.json sends them here.

throw new Error(
  'bearward needs Node.js: its core is a native addon, which Cloudflare Workers and edge runtimes cannot load, and there is' +
    " no build for them yet. In Next.js, let the route run in Node.js: `export const runtime = 'nodejs'`",
);

export {};
