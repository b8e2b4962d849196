/** The calls of the network's own pages: JSON only, same origin only, and no card security code. */
import { findSecurityCode } from '@payment-passkeys/protocol';
import { ServiceError } from '../errors/errors.ts';
import { readJsonBody } from './json-body.ts';
import type { NetworkServer } from './network-server.ts';

/** Every route that `app` gets from now on takes such calls only. No other site can call it in somebody's browser. */
export function takePageCalls(app: NetworkServer, publicUrl: string): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, body: Buffer, done) =>
    done(null, readJsonBody(body)),
  );
  app.addHook('onRequest', ({ headers, method }, _reply, proceed) => {
    const { origin, 'sec-fetch-site': site } = headers;
    const reads = method === 'GET' || method === 'HEAD';
    // A browser sends no Origin with a read of its own origin, and `Sec-Fetch-Site: none` if somebody typed the address.
    const originAllowed = origin === publicUrl || (reads && origin === undefined);
    const siteAllowed = site === undefined || site === 'same-origin' || (reads && site === 'none');
    const allowed = originAllowed && siteAllowed;
    proceed(allowed ? undefined : new ServiceError({ code: 'ORIGIN_NOT_ALLOWED', sourceType: 'HEADER' }));
  });
  app.addHook('preValidation', ({ body }, _reply, proceed) => {
    const pointer = findSecurityCode(body);
    proceed(pointer === undefined ? undefined : new ServiceError({ code: 'SECURITY_CODE_REFUSED', pointer }));
  });
}
