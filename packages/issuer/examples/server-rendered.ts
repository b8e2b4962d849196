/**
 * A page that a server renders whole: within the tag stands the same screen as a plain form, which is what a browser without script
 * shows and sends. Either way one route takes the consent.
 */
import { createServer, type Server } from 'node:http';
import { text } from 'node:stream/consumers';
import {
  ConsentError,
  type ConsentStore,
  createConsents,
  REFERENCE_CATALOGUE,
  readCatalogue,
} from '@payment-passkeys/issuer/consent';

const BANK = 'Example Bank';
const ACCOUNTS = [{ kind: 'CARD', id: 'card-1', lastFour: '4444', product: 'Everyday' }];

/** `script` is where the bundle is served from; `store` keeps the receipts. */
export function serveExample({ script, store }: { readonly script: string; readonly store: ConsentStore }): Server {
  const catalogue = readCatalogue(REFERENCE_CATALOGUE, { origin: 'https://bank.example', countries: ['CA', 'US'] });
  const consents = createConsents({ catalogue, store, bank: BANK });

  const page = async (country: string, language: string) => {
    const shown = await consents.show({ country, language });
    const words = catalogue.languages[language]?.words;
    const accepted = { catalogueVersion: catalogue.index.version, textHash: shown.textHash, country, language };
    const paragraphs = shown.paragraphs.map((pieces) =>
      pieces
        .map((piece) =>
          typeof piece === 'string'
            ? escapeHtml(piece)
            : `<a href="${escapeHtml(piece.uri)}">${escapeHtml(piece.text)}</a>`,
        )
        .join(''),
    );
    return `<!doctype html><html lang="${language}"><meta charset="utf-8"><title>${BANK}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<script type="module" async blocking="render" src="${script}"></script>
<form method="post" action="/">
<payment-passkey-registration name="consent" bank="${BANK}" country="${country}" language="${language}" remove-fallback accounts="${escapeHtml(JSON.stringify(ACCOUNTS))}">
<h2>${words?.heading}</h2>
<p>Everyday •••• 4444</p>
<div data-plain>${paragraphs.map((paragraph) => `<p>${paragraph}</p>`).join('')}</div>
<input type="hidden" name="shown" value="${escapeHtml(JSON.stringify(accepted))}">
<button type="submit">${words?.agree}</button>
</payment-passkey-registration>
</form></html>`;
  };

  return createServer(async (request, response) => {
    response.setHeader('content-type', 'text/html; charset=utf-8');
    if (request.method === 'GET') return response.end(await page('CA', 'fr'));
    const fields = new URLSearchParams(await text(request));
    try {
      const { receipt } = await consents.record({
        cardholderId: 'cardholder-1',
        channel: 'WEB',
        accepted: fields.get('consent') ?? fields.get('shown'),
        accounts: ['•••• 4444'],
      });
      response.end(`<title>${BANK}</title><p id="receipt">${receipt.receiptId}</p>`);
    } catch (error) {
      if (!(error instanceof ConsentError)) throw error;
      response.writeHead(422).end(error.code);
    }
  });
}

function escapeHtml(value: string): string {
  return value.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
