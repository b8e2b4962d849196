/** The network's own documents, below PUBLIC_URL: the operator's texts, or the sample ones. */
import { fillText } from '@payment-passkeys/protocol/texts';
import Type from 'typebox';
import type { Network } from '../../network.ts';
import { DOCUMENT_PATHS } from '../../platform/config/documents.ts';
import { DOCUMENT_KINDS } from '../../platform/config/legal-texts.ts';
import type { NetworkServer } from '../../platform/http/network-server.ts';
import { buildHostedPage } from '../../platform/pages/hosted-page.ts';
import { chooseLanguage } from '../../platform/pages/language.ts';
import { buildLegalPage, LEGAL_STYLE } from './page.ts';

const Query = Type.Object({ lang: Type.Optional(Type.Unknown()) });

export async function legalRoutes(app: NetworkServer, { config }: Pick<Network, 'config'>): Promise<void> {
  const page = await buildHostedPage(config);
  const { texts, version, datePublished } = config.legal;
  const headers = {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': page.readOnlyPolicy(LEGAL_STYLE),
    'cache-control': 'public, max-age=300',
    vary: 'accept-language',
  };
  for (const kind of DOCUMENT_KINDS) {
    const documents = texts.documents[kind];
    app.get(DOCUMENT_PATHS[kind], { schema: { hide: true, querystring: Query } }, async (request, reply) => {
      const accepted = request.headers['accept-language'];
      const language = chooseLanguage(documents.keys(), { asked: request.query.lang, accepted });
      const text = documents.get(language);
      if (text === undefined) throw new Error('A document is there in English, as read at the start.');
      const note = texts.notes?.get(language);
      const date = new Intl.DateTimeFormat(language, { dateStyle: 'long', timeZone: 'UTC' }).format(
        new Date(datePublished),
      );
      const filled = note && fillText(note, { network: config.branding.name, version, date });
      const languages = [...documents.keys()];
      return reply.headers(headers).send(buildLegalPage({ text, language, languages, note: filled }, page));
    });
  }
}
