/** The token of a request's Authorization header. */
import type { FastifyRequest } from 'fastify';

/** RFC 6750 §2.1. Undefined without one. */
export function readBearerToken({ headers }: Pick<FastifyRequest, 'headers'>): string | undefined {
  return /^Bearer ([\x21-\x7e]{1,512})$/i.exec(headers.authorization ?? '')?.[1];
}
