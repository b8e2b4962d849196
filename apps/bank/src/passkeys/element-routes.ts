/** The registration element's own files: its script, as the kit ships it, and the bank's catalogue, an index and one file a language. */
import { createReadStream } from 'node:fs';
import { createRequire } from 'node:module';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { Catalogue } from '@payment-passkeys/issuer/consent';
import Type from 'typebox';

export const ELEMENT_SCRIPT = '/assets/payment-passkey-registration.js';
export const CATALOGUE_INDEX = '/passkeys/catalogue/index.json';

const CACHED = 'public, max-age=300';
const { resolve } = createRequire(import.meta.url);

export function elementRoutes({ catalogue }: { readonly catalogue: Catalogue }): FastifyPluginAsyncTypebox {
  return async (app) => {
    if (findScript() === undefined) {
      app.log.warn(
        'the registration element is not built (packages/issuer/build-registration.mjs); the plain form stands in',
      );
    }

    app.get(ELEMENT_SCRIPT, async (_request, reply) => {
      const script = findScript();
      if (script === undefined) return reply.callNotFound();
      return reply
        .header('cache-control', CACHED)
        .type('text/javascript; charset=utf-8')
        .send(createReadStream(script));
    });

    app.get(
      '/passkeys/catalogue/:name.json',
      { schema: { params: Type.Object({ name: Type.String({ pattern: '^[A-Za-z-]{2,35}$' }) }) } },
      async (request, reply) => {
        const { name } = request.params;
        if (name === 'index') return reply.header('cache-control', CACHED).send(catalogue.index);
        if (!Object.hasOwn(catalogue.languages, name)) return reply.callNotFound();
        return reply.header('cache-control', CACHED).send(catalogue.languages[name]);
      },
    );
  };
}

/** The kit's bundle; undefined in a checkout where it was not built yet. */
function findScript(): string | undefined {
  try {
    return resolve('@payment-passkeys/issuer/registration/bundle');
  } catch {
    return undefined;
  }
}
