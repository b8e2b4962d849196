/** In production every request must come over TLS, which ends at a proxy of TRUST_PROXY. */
import type { Mode } from '@payment-passkeys/protocol';
import { ServiceError } from '../errors/errors.ts';
import type { NetworkServer } from './network-server.ts';

/**
 * Refuses requests that did not come by https: from an address outside TRUST_PROXY, or from a proxy whose X-Forwarded-Proto is not https.
 * They are answered with 404, because anybody could have changed them on the way; the log names the cause.
 */
export function requireTls(app: NetworkServer, mode: Mode): void {
  if (mode !== 'production') return;
  app.addHook('onRequest', (request, _reply, proceed) => {
    if (request.protocol === 'https') {
      proceed();
      return;
    }
    request.log.warn('refused: not by https; a proxy of TRUST_PROXY has to set X-Forwarded-Proto to https');
    const message = 'The service is reached by https only.';
    proceed(new ServiceError({ code: 'ROUTE_NOT_FOUND', sourceType: 'SERVICE', message }));
  });
}
