/** A URL's path is not a route pattern: what a router reads into `:` and `*`, and how it decodes, is told here in one place. */
import { KitError } from '../kit-error.ts';

/**
 * What find-my-way (Fastify's router) leaves encoded in a path before it compares. No pattern of text matches these, as the router writes a
 * pattern's own `%` as `%25`.
 */
const LEFT_ENCODED = /%(2[3-46BCF]|3[ABDF]|40)/i;

/**
 * The Fastify route that exactly this path arrives at. The path is a URL's own (`new URL(…).pathname`), percent-encoded or not: the router
 * decodes a request's path before it compares, and reads `:` as the start of a parameter.
 * Throws KitError `INVALID_OPTIONS`, naming the address by `name`, for a path that no pattern stands for: with `*`, with an encoded
 * reserved character such as `%2F`, or with bytes that are no UTF-8.
 */
export function buildRoutePattern(name: string, pathname: string): string {
  const path = decode(pathname);
  if (path === undefined || path.includes('*') || LEFT_ENCODED.test(pathname)) {
    const problem =
      "whose path Fastify's router can match: UTF-8, without *, and without encoded # $ & + , / : ; = ? @";
    throw new KitError('INVALID_OPTIONS', `${name} must be an address ${problem}`);
  }
  return path.replaceAll(':', '::');
}

function decode(pathname: string): string | undefined {
  try {
    return decodeURI(pathname);
  } catch {
    return undefined;
  }
}
