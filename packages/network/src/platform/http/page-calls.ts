/** The calls of the network's own pages: JSON only, same origin only, and no card security code. */
import { findSecurityCode } from '@payment-passkeys/protocol';
import { ServiceError } from '../errors/errors.ts';
import { readJsonBody } from './json-body.ts';
import type { NetworkServer } from './network-server.ts';

/** Every route that `app` gets from now on takes such calls only. No other site can call it in a cardholder's browser. */
export function takePageCalls(app: NetworkServer, publicUrl: string): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, async (_request: unknown, body: Buffer) =>
    readJsonBody(body),
  );
  app.addHook('onRequest', async ({ headers }) => {
    const site = headers['sec-fetch-site'];
    if (headers.origin !== publicUrl || (site !== undefined && site !== 'same-origin')) {
      throw new ServiceError({ code: 'ORIGIN_NOT_ALLOWED', sourceType: 'HEADER' });
    }
  });
  app.addHook('preValidation', async ({ body }) => {
    const securityCode = findSecurityCode(body);
    if (securityCode !== undefined) throw new ServiceError({ code: 'SECURITY_CODE_REFUSED', pointer: securityCode });
  });
}
