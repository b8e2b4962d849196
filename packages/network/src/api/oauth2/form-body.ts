/** Bodies of `application/x-www-form-urlencoded`, as OAuth 2.0 sends them (RFC 6749 §3.2). */
import { ServiceError } from '../../platform/errors/errors.ts';
import type { NetworkServer } from '../../platform/http/network-server.ts';

/** Lets `app` take forms, and nothing else. A parameter without a value counts as absent; one that is there twice is refused. */
export function takeForms(app: NetworkServer): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' }, (_request, body, done) => {
    const given = [...new URLSearchParams(String(body))].filter(([, value]) => value !== '');
    const names = given.map(([name]) => name);
    if (new Set(names).size < names.length) {
      return done(new ServiceError({ code: 'INVALID_FIELD', message: 'A parameter is there more than once.' }));
    }
    done(null, Object.fromEntries(given));
  });
}
