/** The short pages of the network: what it is, at its root, and that an address has no page. In the hosted page's design and languages, without a script. */
import { readdirSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { MANAGE_PATH } from '@payment-passkeys/protocol';
import { directionOf, htmlLanguage } from '@payment-passkeys/protocol/texts';
import type { FastifyRequest } from 'fastify';
import type { Config } from '../config/config.ts';
import { buildHostedPage, type HostedPage } from './hosted-page.ts';
import { escapeHtml } from './html.ts';
import { chooseLanguage } from './language.ts';

type Texts = typeof import('./texts/en.json');

/** A page in the language that the browser prefers. */
export type BuildNotice = (request: FastifyRequest) => {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
};

export interface Notices {
  /** The network's name, and where a cardholder finds their passkeys. */
  readonly welcome: BuildNotice;
  readonly noPage: BuildNotice;
}

/** The usual sign of passkeys, and an exclamation mark: as on the hosted page. */
const ICONS = {
  passkey:
    '<circle cx="8.75" cy="7" r="4"/><path d="M12.75 20.25H2.5V18.5a5 5 0 0 1 5-5h3.25"/><circle cx="17.75" cy="11.75" r="3.25"/><path d="M17.75 15v6.25M17.75 17.75H20M17.75 21h1.75"/>',
  notice: '<circle cx="12" cy="12" r="8.75"/><path d="M12 7.75v5M12 16.2v.05"/>',
};

interface Notice {
  readonly icon: string;
  readonly heading: string;
  readonly text: string;
  readonly link: { readonly href: string; readonly words: string };
}

/** Builds both pages once, in every language. Throws if the hosted page is not built. */
export async function buildNotices(config: Pick<Config, 'branding' | 'documents'>): Promise<Notices> {
  const page = await buildHostedPage(config);
  const inEachLanguage = (describe: (texts: Texts) => Notice) => {
    const pages = new Map(
      [...TEXTS].map(([tag, texts]) => [tag, build(page, describe(texts), { tag, texts, config })]),
    );
    return serveByLanguage(page, pages);
  };
  return {
    welcome: inEachLanguage((texts) => ({
      icon: `<div class="mark"><svg viewBox="0 0 24 24" aria-hidden="true">${ICONS.passkey}</svg></div>`,
      heading: texts.welcomeHeading,
      text: texts.welcomeText,
      link: { href: MANAGE_PATH, words: texts.managePasskey },
    })),
    noPage: inEachLanguage((texts) => ({
      icon: `<div class="mark notice"><svg viewBox="0 0 24 24" aria-hidden="true">${ICONS.notice}</svg></div>`,
      heading: texts.noPageHeading,
      text: texts.noPageText,
      link: { href: '/', words: texts.startPage },
    })),
  };
}

function serveByLanguage(page: HostedPage, pages: ReadonlyMap<string, string>): BuildNotice {
  const headers = {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': page.readOnlyPolicy(),
    vary: 'accept, accept-language',
  };
  return (request) => {
    const language = chooseLanguage(pages.keys(), { accepted: request.headers['accept-language'] });
    return { headers, body: pages.get(language) ?? '' };
  };
}

function build(
  page: HostedPage,
  { icon, heading, text, link }: Notice,
  place: { readonly tag: string; readonly texts: Texts; readonly config: Pick<Config, 'branding' | 'documents'> },
): string {
  return page.wrapDocument({
    language: htmlLanguage(place.tag),
    direction: directionOf(place.tag),
    title: heading,
    main: `<section class="panel brief">${icon}<h1>${escapeHtml(heading)}</h1><p class="text">${escapeHtml(text)}</p>
<div class="actions"><a class="primary" href="${link.href}">${escapeHtml(link.words)}</a></div></section>`,
    footer: buildFooter(place),
  });
}

/** Links to the network's terms, its privacy notice and its help: the footer of the hosted page. */
function buildFooter({
  texts,
  config: { branding, documents },
}: {
  readonly texts: Pick<Texts, 'terms' | 'privacyNotice' | 'help'>;
  readonly config: Pick<Config, 'branding' | 'documents'>;
}): string {
  const uriOf = (type: string) =>
    documents.complianceResources.find(({ complianceType }) => complianceType === type)?.uri;
  return [
    [uriOf('TERMS_AND_CONDITIONS'), texts.terms],
    [uriOf('PRIVACY_POLICY'), texts.privacyNotice],
    [branding.supportUri, texts.help],
  ]
    .filter(([uri]) => uri !== undefined)
    .map(([uri = '', words = '']) => `<a href="${escapeHtml(uri)}">${escapeHtml(words)}</a>`)
    .join('');
}

/** One JSON file for each language, named by its tag. scripts/check-languages.mjs checks them. */
const TEXTS: ReadonlyMap<string, Texts> = readTexts(new URL('./texts/', import.meta.url));

function readTexts(folder: URL): ReadonlyMap<string, Texts> {
  return new Map(
    readdirSync(folder)
      .toSorted()
      .map((file) => [basename(file, '.json'), JSON.parse(readFileSync(new URL(file, folder), 'utf8')) as Texts]),
  );
}
