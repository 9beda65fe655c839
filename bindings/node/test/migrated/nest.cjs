// A NestJS API: guards that call the middlewares by hand, and a middleware that is applied to a controller.
//
// Written for the originals; the test exchanges the names of the packages, and nothing else. Decorators are called as
// functions, since Node.js does not know their syntax.

require('reflect-metadata');
const {
  Controller,
  Get,
  Injectable,
  Module,
  Req,
  SetMetadata,
  UnauthorizedException,
  UseGuards,
} = require('@nestjs/common');
const { NestFactory, Reflector } = require('@nestjs/core');
const { auth, requiredScopes } = require('express-oauth2-jwt-bearer');

const SCOPES = 'scopes';

const inject = (type, parameters = []) => {
  Reflect.defineMetadata('design:paramtypes', parameters, type);
  Injectable()(type);
};
const route = (type, name, ...decorators) => {
  const descriptor = Object.getOwnPropertyDescriptor(type.prototype, name);
  for (const decorate of decorators) decorate(type.prototype, name, descriptor);
  Req()(type.prototype, name, 0);
};

module.exports = async ({ issuer, audience }) => {
  const options = { issuerBaseURL: issuer, audience };
  const check = auth(options);

  class PromiseGuard {
    async canActivate(context) {
      const http = context.switchToHttp();
      await new Promise((resolve, reject) => {
        check(http.getRequest(), http.getResponse(), (error) =>
          error ? reject(new UnauthorizedException()) : resolve(),
        );
      });
      return true;
    }
  }
  inject(PromiseGuard);

  class PerRequestGuard {
    async canActivate(context) {
      const http = context.switchToHttp();
      let refusal;
      await auth(options)(http.getRequest(), http.getResponse(), (error) => {
        refusal = error;
      });
      if (refusal) throw new UnauthorizedException(refusal.message);
      return true;
    }
  }
  inject(PerRequestGuard);

  /** Has NestJS answer with what the middleware says, status and all. */
  class PassingOnGuard {
    async canActivate(context) {
      const http = context.switchToHttp();
      await new Promise((resolve, reject) => {
        check(http.getRequest(), http.getResponse(), (error) => (error ? reject(error) : resolve()));
      });
      return true;
    }
  }
  inject(PassingOnGuard);

  class ThrowingGuard {
    async canActivate(context) {
      const http = context.switchToHttp();
      try {
        await check(http.getRequest(), http.getResponse(), (error) => {
          if (error) throw error;
        });
      } catch {
        return false;
      }
      return true;
    }
  }
  inject(ThrowingGuard);

  class ScopesGuard {
    constructor(reflector) {
      this.reflector = reflector;
    }

    canActivate(context) {
      const http = context.switchToHttp();
      const scopes = this.reflector.get(SCOPES, context.getHandler());
      let refusal;
      if (scopes)
        requiredScopes(scopes)(http.getRequest(), http.getResponse(), (error) => {
          refusal = error;
        });
      return refusal === undefined;
    }
  }
  inject(ScopesGuard, [Reflector]);

  /** Open with the originals, too: every token passes. The test says what becomes of it. */
  class CarelessGuard {
    async canActivate(context) {
      const http = context.switchToHttp();
      await check(http.getRequest(), http.getResponse(), () => {});
      return true;
    }
  }
  inject(CarelessGuard);

  class Api {
    data(req) {
      return { data: 'secret', sub: req.auth?.payload.sub };
    }
  }
  const methods = {
    promise: [PromiseGuard],
    perRequest: [PerRequestGuard],
    passedOn: [PassingOnGuard],
    throwing: [ThrowingGuard],
    scoped: [PromiseGuard, ScopesGuard],
    careless: [CarelessGuard],
  };
  for (const [name, guards] of Object.entries(methods)) {
    Object.defineProperty(Api.prototype, name, {
      value: function answer(req) {
        return this.data(req);
      },
      configurable: true,
      writable: true,
    });
    const scopes = name === 'scoped' ? [SetMetadata(SCOPES, 'read:data')] : [];
    route(Api, name, Get(name), UseGuards(...guards), ...scopes);
  }
  Controller()(Api);

  class Mounted {
    data(req) {
      return { data: 'secret', sub: req.auth?.payload.sub };
    }
  }
  route(Mounted, 'data', Get());
  Controller('mounted')(Mounted);

  class AppModule {
    configure(consumer) {
      consumer.apply(check).forRoutes(Mounted);
    }
  }
  Module({
    controllers: [Api, Mounted],
    providers: [PromiseGuard, PerRequestGuard, PassingOnGuard, ThrowingGuard, ScopesGuard, CarelessGuard],
  })(AppModule);

  const app = await NestFactory.create(AppModule, { logger: false });
  await app.listen(0, '127.0.0.1');
  return app.getHttpServer();
};
