// The declarations, as ES modules see them. Compiled and never run.

import { Controller, Get, Module } from '@nestjs/common';
import {
  type BearwardAsyncOptions,
  type BearwardGuard,
  BearwardModule,
  type BearwardOptions,
  type BearwardOptionsFactory,
  OptionalAuth,
  ProtectedGateway,
  Public,
  type Refusal,
  type RequestAuth,
  type Requirement,
  Requires,
  Scopes,
  scopes,
  Token,
} from 'bearward/nest';

const requirement: Requirement = { and: [scopes('a'), { claim: { path: 'role', equals: 'admin' } }] };
const options: BearwardOptions = { issuer: 'https://issuer.example', audience: 'api', clockTolerance: 1 };
const asynchronous: BearwardAsyncOptions = { inject: ['NAME'], useFactory: async (audience: string) => ({ audience }) };

class Factory implements BearwardOptionsFactory {
  createBearwardOptions = () => options;
}

@Scopes('a')
@Controller()
export class Api {
  @Requires(requirement, scopes('b'))
  @Get()
  read(@Token() token: RequestAuth): string[] {
    return token.scopes;
  }

  @Public()
  open() {}

  @OptionalAuth()
  optional(@Token() token: RequestAuth | undefined) {
    // @ts-expect-error an anonymous request has none
    return token.scopes;
  }

  // @ts-expect-error a scope is a text
  @Scopes(['a'])
  wrong() {}

  // @ts-expect-error a requirement is one of the known ones
  @Requires({ scopes: ['a'] })
  unknown() {}

  // @ts-expect-error nothing is chosen
  parameter(@Token('sub') sub: string) {
    return sub;
  }
}

@ProtectedGateway()
export class Gateway {}

@Module({
  imports: [
    BearwardModule.forRoot(options),
    BearwardModule.forRoot(),
    BearwardModule.forRootAsync(asynchronous),
    BearwardModule.forRootAsync({ useClass: Factory }),
    // @ts-expect-error a class that makes options
    BearwardModule.forRootAsync({ useClass: Api }),
    // @ts-expect-error requests without a token are let in by a decorator
    BearwardModule.forRoot({ ...options, authRequired: false }),
    // @ts-expect-error a misspelt option
    BearwardModule.forRoot({ ...options, audiance: 'api' }),
  ],
})
export class AppModule {}

export const ready = (guard: BearwardGuard): Promise<void> => guard.ready();
export const codeOf = (refusal: Refusal): string => refusal.code;
