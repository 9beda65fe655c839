// The same requests to @nestjs/passport with passport-jwt, set up as its documentation says, and to Bearward. What a client is
// told differs in words and challenges; whether it is let in, and by which status it is refused, is compared.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { All, Controller, type INestApplication, Injectable, type ModuleMetadata, UseGuards } from '@nestjs/common';
import { AuthGuard, PassportModule, PassportStrategy } from '@nestjs/passport';
import { BearwardModule } from 'bearward/nest';
import { passportJwtSecret } from 'jwks-rsa';
import { AUDIENCE, type Issuer, load, PLATFORMS, type Platform, start, startIssuer } from './issuer';

// JavaScript without types.
const { ExtractJwt, Strategy } = require('passport-jwt');

interface Sent {
  path?: string;
}
interface Answer {
  status: number;
  text: string;
  headers: Record<string, string | undefined>;
}
type Send = (port: number, path: string, sent: Sent) => Promise<Answer>;
type Requests = (settings: object) => Promise<Record<string, () => Sent | Promise<Sent>>>;

function passport({ issuer, jwksUri }: Issuer): ModuleMetadata {
  @Injectable()
  class JwtStrategy extends PassportStrategy(Strategy) {
    constructor() {
      super({
        secretOrKeyProvider: passportJwtSecret({ jwksUri, cache: true }),
        jwtFromRequest: ExtractJwt.fromAuthHeaderAsBearerToken(),
        audience: AUDIENCE,
        issuer,
        algorithms: ['RS256'],
      });
    }

    validate(payload: unknown) {
      return payload;
    }
  }

  @UseGuards(AuthGuard('jwt'))
  @Controller()
  class Api {
    @All()
    read() {
      return 'in';
    }
  }
  return { imports: [PassportModule], providers: [JwtStrategy], controllers: [Api] };
}

function bearward({ issuer }: Issuer): ModuleMetadata {
  @Controller()
  class Api {
    @All()
    read() {
      return 'in';
    }
  }
  const options = { issuer, audience: AUDIENCE, tokenSigningAlg: 'RS256' };
  return { imports: [BearwardModule.forRoot(options)], controllers: [Api] };
}

for (const platform of PLATFORMS) {
  describe(`passport-jwt beside Bearward, on ${platform}`, () => {
    let issuer: Issuer;
    const running: Array<INestApplication & { port: number }> = [];
    before(async () => {
      issuer = await startIssuer();
      const run = (module: ModuleMetadata, on: Platform) => start(on, module);
      running.push(await run(passport(issuer), platform), await run(bearward(issuer), platform));
    });
    after(async () => {
      for (const app of running) await app.close();
      await issuer.close();
    });

    it('lets in and refuses the same requests, but for those that are listed', async () => {
      const { send } = (await load('app.mjs')) as { send: Send };
      const { requests } = (await load('differential/cases.mjs')) as { requests: Requests };
      const { Accepted } = await load('differential/accepted.mjs');
      const { keyPair } = await load('issuer.mjs');
      const { key } = issuer as unknown as { key: object };
      const cases = await requests({ key, otherKey: await keyPair(), issuer: issuer.issuer });
      const accepted = new Accepted('../nest/accepted-differences.json', 'nest');
      const unlisted: object[] = [];
      let refusals = 0;
      for (const [kind, make] of Object.entries(cases)) {
        const sent = await make();
        const answers = await Promise.all(running.map(({ port }) => send(port, sent.path ?? '/', sent)));
        const [theirs, ours] = answers.map(({ status }) => (status === 201 ? 200 : status));
        if (ours !== 200) {
          refusals += 1;
          assert.match(answers[1]?.headers['www-authenticate'] ?? '', /^Bearer realm="api"/, kind);
        }
        if (theirs === ours) continue;
        const difference = { kind, original: String(theirs), bearward: String(ours) };
        if (!accepted.covers('nest', kind, difference.original, difference.bearward)) unlisted.push(difference);
      }
      assert.ok(refusals > 40, `${refusals} requests were refused`);
      assert.ok(Accepted.none(unlisted), JSON.stringify(unlisted, undefined, 1));
      assert.deepEqual(accepted.unseen, []);
    });
  });
}
