/** A document of the network as a page, in the hosted page's own design. */

import { directionOf, htmlLanguage } from '@payment-passkeys/protocol/texts';
import type { LegalText } from '../../platform/config/legal-texts.ts';
import type { HostedPage } from '../../platform/pages/hosted-page.ts';
import { escapeHtml } from '../../platform/pages/html.ts';

export interface LegalPage {
  readonly text: LegalText;
  readonly language: string;
  /** The languages that the document is available in. */
  readonly languages: readonly string[];
  /** The note that it is a sample, with its placeholders filled. */
  readonly note: string | undefined;
}

/** Styles that the hosted page does not need. The policy allows them by their hash. */
export const LEGAL_STYLE =
  'article h2{margin:1.5rem 0 0;color:var(--ink);font-size:1rem;font-weight:650}article p,nav{margin-top:1rem}' +
  '.note{padding:.75rem 1rem;border-radius:.875rem;background:var(--notice-tint);color:var(--notice)}' +
  'nav{display:flex;flex-wrap:wrap;gap:0 1rem;padding-top:1rem;border-top:1px solid var(--line)}nav a{padding:.625rem 0;color:var(--accent)}';

export function buildLegalPage({ text, language, languages, note }: LegalPage, page: HostedPage): string {
  return page.wrapDocument({
    language: htmlLanguage(language),
    direction: directionOf(language),
    title: text.title,
    style: LEGAL_STYLE,
    main: `<article class="panel"><h1>${escapeHtml(text.title)}</h1>
${note === undefined ? '' : `<p class="note">${escapeHtml(note)}</p>`}
${text.paragraphs.map(buildParagraph).join('\n')}
<nav>${languages.map((other) => buildLink(other, language)).join('')}</nav></article>`,
  });
}

function buildParagraph(paragraph: string): string {
  return paragraph.startsWith('# ')
    ? `<h2>${escapeHtml(paragraph.slice(2))}</h2>`
    : `<p>${escapeHtml(paragraph).replaceAll('\n', '<br>')}</p>`;
}

/** A link with the language's own name. */
function buildLink(language: string, shown: string): string {
  const name = new Intl.DisplayNames(language, { type: 'language' }).of(language) ?? language;
  const current = language === shown ? ' aria-current="page"' : '';
  return `<a href="?lang=${language}" lang="${language}" hreflang="${language}"${current}>${escapeHtml(name)}</a>`;
}
