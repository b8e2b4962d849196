/** Pages without a script, in each language of their texts and in the hosted page's design: for the network's own address and for unknown ones. */
import { directionOf, htmlLanguage } from '@payment-passkeys/protocol/texts';
import type { FastifyRequest } from 'fastify';
import type { Config } from '../config/config.ts';
import { findDocument } from '../config/documents.ts';
import { type TextsByLanguage, type TextsOf, textsOf } from '../texts/texts.ts';
import { buildHostedPage } from './hosted-page.ts';
import { escapeHtml } from './html.ts';
import { chooseLanguage } from './language.ts';

/** A page in the language that the browser prefers. */
export type BuildPage = (request: FastifyRequest) => {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
};

export interface PageContent {
  readonly title: string;
  /** HTML. */
  readonly main: string;
}

export interface PlainPages {
  /** Builds the page once in each language. `style` is a style sheet in addition to the hosted page's. */
  build<Texts>(
    texts: TextsByLanguage<Texts>,
    describe: (texts: Texts) => PageContent,
    options?: { readonly style?: string },
  ): BuildPage;
}

/** Reads the hosted page once. Throws if it is not built. */
export async function openPlainPages(config: Pick<Config, 'branding' | 'documents'>): Promise<PlainPages> {
  const page = await buildHostedPage(config);
  return {
    build(texts, describe, { style } = {}) {
      const bodies = new Map(
        [...texts].map(([tag, own]) => {
          const language = { language: htmlLanguage(tag), direction: directionOf(tag) };
          const sheet = style === undefined ? {} : { style };
          return [
            tag,
            page.wrapDocument({ ...language, ...describe(own), ...sheet, footer: buildFooter(config, tag) }),
          ];
        }),
      );
      const headers = {
        'content-type': 'text/html; charset=utf-8',
        'content-security-policy': page.readOnlyPolicy(style),
        vary: 'accept, accept-language',
      };
      return (request) => {
        const language = chooseLanguage(bodies.keys(), { accepted: request.headers['accept-language'] });
        return { headers, body: bodies.get(language) ?? '' };
      };
    },
  };
}

/** The texts of the footer and of the notices. */
export const TEXTS: TextsByLanguage<TextsOf<'pages'>> = textsOf('pages');

/** The links of the hosted page's footer: terms, privacy notice, and help if there is an address for it. */
function buildFooter({ branding, documents }: Pick<Config, 'branding' | 'documents'>, tag: string): string {
  const texts = TEXTS.get(tag);
  return [
    [findDocument(documents, 'TERMS_AND_CONDITIONS'), texts?.terms],
    [findDocument(documents, 'PRIVACY_POLICY'), texts?.privacyNotice],
    [branding.supportUri, texts?.help],
  ]
    .filter(([uri]) => uri !== undefined)
    .map(([uri = '', words = '']) => `<a href="${escapeHtml(uri)}">${escapeHtml(words)}</a>`)
    .join('');
}
