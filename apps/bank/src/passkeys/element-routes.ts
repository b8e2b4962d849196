/** The files of the registration element: the kit's script, and the bank's catalogue as an index and one file per language. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { Catalogue } from '@payment-passkeys/issuer/consent';
import { CACHED, serveModuleScript } from '@payment-passkeys/web';
import Type from 'typebox';

export const ELEMENT_SCRIPT = '/assets/payment-passkey-registration.js';
export const CATALOGUE_INDEX = '/passkeys/catalogue/index.json';

export function elementRoutes({ catalogue }: { readonly catalogue: Catalogue }): FastifyPluginAsyncTypebox {
  return async (app) => {
    const isBuilt = serveModuleScript(app, {
      path: ELEMENT_SCRIPT,
      specifier: '@payment-passkeys/issuer/registration/bundle',
      from: import.meta.url,
    });
    if (!isBuilt) {
      app.log.warn(
        'the registration element is not built (packages/issuer/build-registration.mjs); the page shows the plain form instead',
      );
    }

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
