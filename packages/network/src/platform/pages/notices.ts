/** The two short pages of every network: its start page, and the page for an address without one. */
import { MANAGE_PATH } from '@payment-passkeys/protocol';
import { escapeHtml } from './html.ts';
import { type BuildPage, type PageContent, type PlainPages, TEXTS } from './plain-pages.ts';

export interface Notices {
  /** Says where a payment passkey begins, and leads to the cardholder's own page. */
  readonly welcome: BuildPage;
  readonly noPage: BuildPage;
}

/** The usual sign of passkeys, and an exclamation mark: the hosted page's icons. */
const PASSKEY =
  '<circle cx="8.75" cy="7" r="4"/><path d="M12.75 20.25H2.5V18.5a5 5 0 0 1 5-5h3.25"/><circle cx="17.75" cy="11.75" r="3.25"/><path d="M17.75 15v6.25M17.75 17.75H20M17.75 21h1.75"/>';
const EXCLAMATION = '<circle cx="12" cy="12" r="8.75"/><path d="M12 7.75v5M12 16.2v.05"/>';

export function buildNotices(pages: PlainPages): Notices {
  return {
    welcome: pages.build(TEXTS, (texts) =>
      buildNotice({
        mark: { style: 'mark', icon: PASSKEY },
        heading: texts.welcomeHeading,
        text: texts.welcomeText,
        link: { to: MANAGE_PATH, words: texts.managePasskey },
      }),
    ),
    noPage: pages.build(TEXTS, (texts) =>
      buildNotice({
        mark: { style: 'mark notice', icon: EXCLAMATION },
        heading: texts.noPageHeading,
        text: texts.noPageText,
        link: { to: '/', words: texts.startPage },
      }),
    ),
  };
}

interface Notice {
  readonly mark: { readonly style: string; readonly icon: string };
  readonly heading: string;
  readonly text: string;
  readonly link: { readonly to: string; readonly words: string };
}

function buildNotice({ mark, heading, text, link }: Notice): PageContent {
  const main = `<section class="panel brief"><div class="${mark.style}"><svg viewBox="0 0 24 24" aria-hidden="true">${mark.icon}</svg></div>
<h1>${escapeHtml(heading)}</h1><p class="text">${escapeHtml(text)}</p>
<div class="actions"><a class="primary" href="${link.to}">${escapeHtml(link.words)}</a></div></section>`;
  return { title: heading, main };
}
