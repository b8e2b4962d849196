/** The reference documents, for whoever has put none of their own in their place: what this software does, in plain words. */
import type { NetworkServer } from '../network.ts';
import { PRIVACY_PATH, TERMS_PATH } from './documents.ts';

const HEADERS = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
  'cache-control': 'public, max-age=300',
};

export function legalRoutes(app: NetworkServer): void {
  for (const [path, page] of [
    [TERMS_PATH, TERMS],
    [PRIVACY_PATH, PRIVACY],
  ] as const) {
    app.get(path, { schema: { hide: true } }, async (_request, reply) => reply.headers(HEADERS).send(page));
  }
}

const document = (title: string, paragraphs: readonly string[]) => `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${title}</title></head>
<body><main><h1>${title}</h1>
<p>Reference text, version 1.0, 24 November 2026. The network’s operator puts its own in its place.</p>
${paragraphs.map((paragraph) => `<p>${paragraph}</p>`).join('\n')}
</main></body>
</html>
`;

const TERMS = document('Terms of Use', [
  'A payment passkey lets you approve payments with the screen lock of your device. It is made on this site, kept by your device or by the passkey manager you use, and works for the cards that it was set up for.',
  'Your card’s issuer confirms that a card is yours before a passkey works for it. Each payment that you approve is shown with its merchant and its amount, and the approval counts for that payment alone.',
  'You can delete the passkey in your device’s settings at any time. Tell your card’s issuer when a device is lost.',
]);

const PRIVACY = document('Privacy Notice', [
  'Your fingerprint or face never leaves your device. The network keeps the passkey’s public key, when it was made and last used, and a cookie by which it knows this browser again.',
  'Card number, e-mail address and mobile number are kept encrypted while you set a passkey up, for a quarter of an hour or until it is done, and afterwards only as keyed fingerprints from which they cannot be read.',
  'Of each agreement, the network keeps what was shown to you and when you agreed. What was not used for thirteen months is no longer recognised.',
]);
