/** In production every request comes over TLS, which ends at a proxy that the configuration names. */
import type { Mode } from '@payment-passkeys/protocol';
import { ServiceError } from '../errors/errors.ts';
import type { NetworkServer } from './network-server.ts';

/**
 * Refuses what did not come by https: from an address that TRUST_PROXY does not name, or from a proxy that says so itself. Answered as
 * if there were nothing here, since what came in the clear was open to change on its way; the log says what is wrong.
 */
export function requireTls(app: NetworkServer, mode: Mode): void {
  if (mode !== 'production') return;
  app.addHook('onRequest', async (request) => {
    if (request.protocol === 'https') return;
    request.log.warn('refused: not by https; a proxy of TRUST_PROXY has to set X-Forwarded-Proto to https');
    throw new ServiceError({
      code: 'ROUTE_NOT_FOUND',
      sourceType: 'SERVICE',
      message: 'The service is reached by https only.',
    });
  });
}
