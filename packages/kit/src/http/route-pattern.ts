/** Converts a URL's path to a route pattern. The two differ: a router gives `:` and `*` a meaning, and decodes paths. */
import { KitError } from '../kit-error.ts';

/**
 * The characters that find-my-way (Fastify's router) leaves encoded in a path before it compares. No text pattern matches these, because
 * the router writes a pattern's own `%` as `%25`.
 */
const LEFT_ENCODED = /%(2[3-46BCF]|3[ABDF]|40)/i;

/**
 * The Fastify route that matches exactly this path. The path is that of a URL (`new URL(…).pathname`), percent-encoded or not: the router
 * decodes a request's path before it compares, and reads `:` as the start of a parameter. Throws KitError `INVALID_OPTIONS`, which names
 * the address by `name`, if no pattern can match the path: it has `*`, an encoded reserved character such as `%2F`, or bytes that are not
 * UTF-8.
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
