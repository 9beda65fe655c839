// A refusal becomes the exception that Nest's filters know. Its `cause` is the `Refusal`, which has the code, the headers and
// the body.

import {
  BadRequestException,
  ForbiddenException,
  HttpException,
  InternalServerErrorException,
  ServiceUnavailableException,
  UnauthorizedException,
} from '@nestjs/common';
import type { Refusal } from '../refusal/refusal';

type Made = new (body: object, options: { cause: unknown }) => HttpException;

const EXCEPTIONS: Readonly<Record<number, Made>> = {
  400: BadRequestException,
  401: UnauthorizedException,
  403: ForbiddenException,
  500: InternalServerErrorException,
  503: ServiceUnavailableException,
};

/** For HTTP and GraphQL. */
export function httpException(refusal: Refusal): HttpException {
  const body = JSON.parse(refusal.body) as object;
  const { status } = refusal;
  const Exception = EXCEPTIONS[status];
  const exception =
    Exception === undefined
      ? new HttpException(body, status, { cause: refusal })
      : new Exception(body, { cause: refusal });
  // Nest's own text for a body without `message` is the name of the class.
  exception.message = refusal.message;
  return exception;
}

/** For a message of a WebSocket. */
export function wsException(refusal: Refusal): Error {
  const { WsException } = require('@nestjs/websockets') as { WsException: new (error: object) => Error };
  const { code, error, message } = refusal;
  return Object.assign(new WsException({ status: 'error', code, error, message }), { cause: refusal });
}

/** For a message of a microservice. */
export function rpcException(message: string): Error {
  const { RpcException } = require('@nestjs/microservices') as { RpcException: new (error: string) => Error };
  return new RpcException(message);
}
