/**
 * The files of the hosted page (packages/page, read by path), filled in with the network's branding: its name, mark, accent colour and support
 * link. Every HTML answer of the network is built from them.
 */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { Accent, AccentColours } from '../config/accent.ts';
import type { NetworkBranding } from '../config/branding.ts';
import type { Config } from '../config/config.ts';
import { findDocument } from '../config/documents.ts';
import { escapeHtml } from './html.ts';

export const PAGE_FILES: URL = new URL('../../../../page/dist/', import.meta.url);

export interface HostedPage {
  /** The hosted page, filled in except for the placeholders of one session. */
  readonly template: string;
  /** The source expression in `style-src` that allows the accent's style sheet; undefined without an accent. */
  readonly styleSource: string | undefined;
  /** Builds a page in the same design, without scripts, around a document. */
  wrapDocument(document: Document): string;
  /** The Content-Security-Policy of a page from `wrapDocument`; `style` is the document's style sheet, if it has one. */
  readOnlyPolicy(style?: string): string;
}

interface Document {
  readonly language: string;
  readonly direction: 'ltr' | 'rtl';
  readonly title: string;
  /** An additional style sheet. Absent: the hosted page's own is enough. */
  readonly style?: string;
  /** HTML. */
  readonly main: string;
  /** HTML. Absent: there is no footer. */
  readonly footer?: string;
}

/** Builds a page of packages/page: `index` is the page of a session, `manage` the cardholder's own page. Throws if it is not built. */
export async function buildHostedPage(
  { branding, documents }: Pick<Config, 'branding' | 'documents'>,
  file: 'index' | 'manage' = 'index',
): Promise<HostedPage> {
  const built = await readFile(new URL(`${file}.html`, PAGE_FILES), 'utf8').catch((cause: unknown) => {
    throw new Error('The hosted page is not built: run node scripts/setup.mjs', { cause });
  });
  const accentStyle = branding.accent && buildAccentStyle(branding.accent);
  const template = built
    .replaceAll('{{network}}', () => escapeHtml(branding.name))
    .replaceAll('{{terms}}', () => escapeHtml(findDocument(documents, 'TERMS_AND_CONDITIONS') ?? ''))
    .replaceAll('{{privacy}}', () => escapeHtml(findDocument(documents, 'PRIVACY_POLICY') ?? ''))
    .replace(/<!--support-->(.*?)<!--\/support-->/s, (_, link: string) => fillSupport(link, branding))
    .replace('<!--mark-->', () =>
      branding.mark ? `<img src="${branding.mark.path}" alt="" width="28" height="28">` : '',
    )
    .replace(/<link rel="icon"[^>]*>/, (icon) =>
      branding.mark ? `<link rel="icon" href="${branding.mark.path}">` : icon,
    )
    .replace('<!--accent-->', () => (accentStyle === undefined ? '' : `<style>${accentStyle}</style>`));
  const partOf = (pattern: RegExp) => pattern.exec(template)?.[0] ?? '';
  const head = [
    /<meta charset[^>]*>/,
    /<meta name="viewport"[^>]*>/,
    /<meta name="color-scheme"[^>]*>/,
    /<link rel="icon"[^>]*>/,
    /<link rel="stylesheet"[^>]*>/,
  ]
    .map(partOf)
    .join('');
  const header = partOf(/<header>.*?<\/header>/s);
  return {
    template,
    styleSource: accentStyle === undefined ? undefined : hashSource(accentStyle),
    wrapDocument: ({ language, direction, title, style, main, footer }) => `<!doctype html>
<html lang="${language}" dir="${direction}">
<head>${head}<title>${escapeHtml(title)} · ${escapeHtml(branding.name)}</title>${accentStyle === undefined ? '' : `<style>${accentStyle}</style>`}${style === undefined ? '' : `<style>${style}</style>`}</head>
<body>${header}<main><div id="page">${main}</div></main>${footer === undefined ? '' : `<footer>${footer}</footer>`}</body>
</html>
`,
    readOnlyPolicy: (style) => {
      const sources = [
        "'self'",
        ...[accentStyle, style].flatMap((sheet) => (sheet === undefined ? [] : [hashSource(sheet)])),
      ];
      return [
        "default-src 'none'",
        `style-src ${sources.join(' ')}`,
        "img-src 'self' data:",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
      ].join('; ');
    },
  };
}

function fillSupport(link: string, { supportUri }: NetworkBranding): string {
  return supportUri === undefined ? '' : link.replace('{{support}}', () => escapeHtml(supportUri));
}

/** Comes after the page's own style sheet and overrides these variables of it. */
function buildAccentStyle({ light, dark }: Accent): string {
  const root = ({ accent, strong, tint }: AccentColours) =>
    `:root{--accent:${accent};--accent-strong:${strong};--tint:${tint}}`;
  return `${root(light)}@media(prefers-color-scheme:dark){${root(dark)}}`;
}

/** The hash source of a style sheet (CSP Level 3 §2.3.1). */
export function hashSource(style: string): string {
  return `'sha256-${createHash('sha256').update(style).digest('base64')}'`;
}
