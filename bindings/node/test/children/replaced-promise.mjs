// A process whose global `Promise` is not the one that `async` functions make, as tracing libraries leave it behind.

import { createRequire } from 'node:module';

globalThis.Promise = class Replaced extends Promise {};

const { auth, protect } = {
  ...createRequire(import.meta.url)('bearward/express'),
  ...createRequire(import.meta.url)('bearward'),
};
const [issuer, audience, ...tokens] = process.argv.slice(2);
const verdicts = [];

for (const token of tokens) {
  const headers = { authorization: `Bearer ${token}` };
  // Settings of its own each time, so that its keys must be fetched first.
  const settings = () => ({ issuer, audience, cooldownDuration: 30_000 + verdicts.length });
  const req = { method: 'GET', url: '/', headers };
  await new Promise((resolve) => {
    auth(settings())(req, { setHeader() {} }, (error) =>
      resolve(verdicts.push(error?.reason ?? req.auth?.payload.sub)),
    );
  });
  const shown = { ...settings(), mtls: { enabled: true } };
  await protect(shown)
    .check({ method: 'GET', url: '/', headers })
    .then(
      ({ auth: { payload } }) => verdicts.push(payload.sub),
      ({ code }) => verdicts.push(code),
    );
}
console.log(JSON.stringify(verdicts));
