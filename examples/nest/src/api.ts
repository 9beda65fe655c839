// The demo API: what any API would look like. `cargo run -- demo` serves the same one in Rust.

import { Controller, Get, MethodNotAllowedException, Options, Param, Post } from '@nestjs/common';
import {
  acr,
  claim,
  LOGTO_ORGANIZATION_AUDIENCE,
  maxAge,
  organization,
  Public,
  type RequestAuth,
  Requires,
  Scopes,
  Token,
} from 'bearward/nest';

/** How long an authentication is recent enough for what matters most, in seconds. */
const FIVE_MINUTES = 300;

@Controller('api')
export class Api {
  @Public()
  @Get('public')
  readPublic() {
    return { message: 'Anyone may read this.' };
  }

  @Get('private')
  readPrivate(@Token() token: RequestAuth) {
    return { message: 'Only a valid token lets you read this.', subject: token.info.sub ?? null };
  }

  @Scopes('read:messages')
  @Get('private-scoped')
  readScoped(@Token() token: RequestAuth) {
    return { message: 'Only the scope read:messages lets you read this.', scopes: token.scopes };
  }

  @Scopes('api:read', 'api:write')
  @Get(['protected', 'protected/detailed'])
  readProtected(@Token() token: RequestAuth) {
    return { auth: token.info };
  }

  @Requires(acr('mfa'), maxAge(FIVE_MINUTES))
  @Get('step-up')
  stepUp(@Token() token: RequestAuth) {
    return { acr: token.payload.acr, message: 'Only a recent and strong authentication lets you read this.' };
  }
}

@Controller('api/organizations/:org')
export class Organizations {
  /** These tokens are made for the organization, not for this API. */
  @Requires(organization({ fromPath: 'org', audience: LOGTO_ORGANIZATION_AUDIENCE }))
  @Scopes('read:member')
  @Get('members')
  readMembers(@Param('org') org: string, @Token() token: RequestAuth) {
    return { members: ['ada', 'grace', 'hedy'], organization: org, readBy: token.info.sub ?? null };
  }

  @Requires(organization({ fromPath: 'org' }))
  @Scopes('read:data')
  @Get('data')
  readData(@Param('org') org: string, @Token() token: RequestAuth) {
    return { data: [3, 1, 4, 1, 5], organization: org, readBy: token.info.sub ?? null };
  }
}

@Controller('secured')
export class Secured {
  @Get('token')
  readToken(@Token() token: RequestAuth) {
    return { issuer: token.payload.iss, message: 'A valid token.' };
  }

  @Scopes('openid', 'profile')
  @Get('scope')
  readScope(@Token() token: RequestAuth) {
    return { message: 'The scopes openid and profile.', scopes: token.scopes };
  }

  @Requires(claim('role', { equals: 'admin' }))
  @Get('claim')
  readClaim(@Token() token: RequestAuth) {
    return { message: 'The claim role, with the value admin.', role: token.payload.role };
  }
}

/** A client that may not read may not find out by which methods either. */
@Controller()
export class OtherMethods {
  @Post(['api/private', 'secured/token'])
  post() {
    throw new MethodNotAllowedException();
  }

  @Options(['api/private', 'secured/token'])
  options() {
    throw new MethodNotAllowedException();
  }
}
