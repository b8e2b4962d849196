/** Serves a built script of an installed package under an address of the site's own. */
import { createReadStream } from 'node:fs';
import { createRequire } from 'node:module';
import type { FastifyInstance } from 'fastify';
import { CACHED } from './server.ts';

export interface ModuleScript {
  readonly path: string;
  /** The package's entry point: `@payment-passkeys/issuer/registration/bundle`. */
  readonly specifier: string;
  /** `import.meta.url` of the module that depends on the package. */
  readonly from: string;
}

/** Answers 404 if the script is not built yet; returns whether it is available now. */
export function serveModuleScript(app: FastifyInstance, { path, specifier, from }: ModuleScript): boolean {
  const { resolve } = createRequire(from);
  const find = () => {
    try {
      return resolve(specifier);
    } catch {
      return undefined;
    }
  };
  app.get(path, (_request, reply) => {
    const script = find();
    if (script === undefined) return reply.callNotFound();
    return reply.header('cache-control', CACHED).type('text/javascript; charset=utf-8').send(createReadStream(script));
  });
  return find() !== undefined;
}
