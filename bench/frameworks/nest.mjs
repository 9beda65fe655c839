import 'reflect-metadata';
import { realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { AuthGuard, PassportModule, PassportStrategy } from '@nestjs/passport';
import { BearwardModule, Public } from 'bearward/nest';
import jwksRsa from 'jwks-rsa';
import { ExtractJwt, Strategy } from 'passport-jwt';
import { jwksUri } from './keys.mjs';

/** The package is linked, and finds a Nest beside itself: an application must be of the same one. */
function nestOf(protection) {
  const user = protection === 'bearward' ? import.meta.resolve('bearward/nest') : import.meta.url;
  const require = createRequire(realpathSync(fileURLToPath(user)));
  return { ...require('@nestjs/common'), ...require('@nestjs/core') };
}

export async function serve(protection, { issuer, audience, message, port, host }) {
  const { APP_GUARD, Controller, Get, Module, NestFactory, UseGuards } = nestOf(protection);
  class Ready {
    ready() {
      return '';
    }
  }
  class Messages {
    read() {
      return message;
    }
  }
  decorate(Ready, 'ready', Get('ready'), ...(protection === 'bearward' ? [Public()] : []));
  decorate(Messages, 'read', Get('api/messages'));
  for (const type of [Ready, Messages]) Controller()(type);

  class AppModule {}
  const imports = [];
  const providers = [];
  if (protection === 'empty') providers.push({ provide: APP_GUARD, useValue: { canActivate: () => true } });
  if (protection === 'bearward') imports.push(BearwardModule.forRoot({ issuer, audience }));
  if (protection === 'incumbent') {
    imports.push(PassportModule);
    providers.push(jwtStrategy(issuer, audience, await jwksUri(issuer)));
    UseGuards(AuthGuard('jwt'))(Messages);
  }
  Module({ imports, providers, controllers: [Ready, Messages] })(AppModule);
  const app = await NestFactory.create(AppModule, { logger: false });
  await app.listen(port, host);
  return app.getHttpServer();
}

function jwtStrategy(issuer, audience, jwksUri) {
  return class JwtStrategy extends PassportStrategy(Strategy) {
    constructor() {
      super({
        issuer,
        audience,
        algorithms: ['RS256'],
        jwtFromRequest: ExtractJwt.fromAuthHeaderAsBearerToken(),
        secretOrKeyProvider: jwksRsa.passportJwtSecret({ jwksUri, cache: true }),
      });
    }

    validate(payload) {
      return payload;
    }
  };
}

/** Nothing here is compiled, so decorators are called. */
function decorate(type, name, ...decorators) {
  const descriptor = Object.getOwnPropertyDescriptor(type.prototype, name);
  for (const decorator of decorators) decorator(type.prototype, name, descriptor);
}
