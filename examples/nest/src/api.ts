// The demo API: what any API would look like. `cargo run -- demo` serves the same one in Rust.

import { All, Controller, Get, MethodNotAllowedException, Options, Param, Post, Req } from '@nestjs/common';
import {
  acr,
  ANY_TOKEN,
  authorizationDetails,
  claim,
  LOGTO_ORGANIZATION_AUDIENCE,
  maxAge,
  mcp,
  operation,
  operations,
  organization,
  Public,
  type RequestAuth,
  Requires,
  Scopes,
  scopes,
  Token,
} from 'bearward/nest';

/** How long an authentication is recent enough for what matters most, in seconds. */
const FIVE_MINUTES = 300;

/** One payment of an account, as an authorization server grants it (RFC 9396). */
const PAYMENT = authorizationDetails({
  type: 'payment_initiation',
  actions: ['initiate'],
  locations: ['https://api.example.com/payments'],
  members: { currency: 'EUR' },
});

const YEARLY = '/api/reports/yearly';

/** Reports by their path: some need more than others. */
const REPORTS = operations(
  operation({ method: 'GET', path: YEARLY }, scopes('reports:read')),
  operation({ method: 'HEAD', path: YEARLY }, ANY_TOKEN),
  operation({ method: 'GET', path: '/api/reports/salaries' }, scopes('reports:read', 'reports:salaries')),
);

/** The tools of an MCP server, by the headers of a request (revision 2026-07-28). */
const TOOLS = operations(
  mcp.tool('read_file', scopes('files:read')),
  mcp.tool('delete_file', scopes('files:write', 'files:delete')),
  mcp.resource('file:///Grüße', scopes('files:read')),
  mcp.method('tools/list', ANY_TOKEN),
);

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

  @Scopes('files:read')
  @Get('files')
  readFiles(@Token() token: RequestAuth) {
    return { auth: token.info };
  }

  @Requires(PAYMENT)
  @Get('payments')
  pay(@Token() token: RequestAuth) {
    return { auth: token.info };
  }
}

/** What is required depends on the method, so a request of any method is looked at. */
@Requires(REPORTS)
@Controller('api/reports/:name')
export class Reports {
  @All()
  read(@Req() { method }: { method: string }, @Token() token: RequestAuth) {
    if (method !== 'GET' && method !== 'HEAD') throw new MethodNotAllowedException();
    return { auth: token.info };
  }
}

@Requires(TOOLS)
@Controller('mcp')
export class Tools {
  @All()
  call(@Req() { method }: { method: string }, @Token() token: RequestAuth) {
    if (method !== 'POST') throw new MethodNotAllowedException();
    return { auth: token.info };
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
