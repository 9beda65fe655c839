// Whether a request of Fastify comes from a proxy that the application trusts.

import type { IncomingMessage } from 'node:http';

/** A request of Fastify, as far as it is looked at. */
interface FastifyRequest {
  raw?: IncomingMessage | undefined;
  ip?: string | undefined;
}

const UNTRUSTED = 'no address';

/** Whether Fastify believes the other end of the connection, by its setting `trustProxy`. It keeps that to itself, and shows
 * it by the address it believes: one that a header names is believed of a trusted proxy alone. The protocol and the host
 * do not show it: older versions of Fastify 5 believe what any connection says of them. */
export function fastifyTrusts(request: FastifyRequest): boolean {
  const { remoteAddress } = request.raw?.socket ?? {};
  const raw = { headers: { 'x-forwarded-for': UNTRUSTED }, socket: { remoteAddress } };
  const probe = Object.create(request, { raw: { value: raw } }) as FastifyRequest;
  return probe.ip === UNTRUSTED;
}
