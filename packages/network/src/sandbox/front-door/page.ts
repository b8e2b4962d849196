/** The page at the address of a sandbox: what a sandbox is, the links, and the values that a client is configured with. */
import type { Config } from '../../platform/config/config.ts';
import { escapeHtml } from '../../platform/pages/html.ts';
import type { PageContent } from '../../platform/pages/plain-pages.ts';
import type { LinkGroup } from './links.ts';
import type { Texts } from './texts.ts';

/** Styles that the hosted page does not need. The policy allows them by their hash. */
export const STYLE =
  '@media(min-width:48rem){main{width:44rem}}' +
  'h2{margin-block:1.75rem .5rem;color:var(--ink);font-size:1rem;font-weight:650}' +
  '.places{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,12rem),1fr));gap:.5rem;padding:0;background:none}' +
  '.places li{padding:0;min-height:0}' +
  '.places a{display:block;width:100%;height:100%;padding:.75rem 1rem;border-radius:.875rem;background:var(--quiet);color:inherit;text-decoration:none}' +
  '.places a:hover strong{text-decoration:underline}.places strong{display:block;color:var(--accent);font-weight:600}.places span{color:var(--soft);font-size:.875rem}' +
  'dl{display:grid;gap:.5rem}dt{color:var(--soft);font-size:.875rem}dd code{margin:0;overflow-wrap:anywhere}';

export function buildFrontDoor(
  texts: Texts,
  { groups, config }: { readonly groups: readonly LinkGroup[]; readonly config: Config },
): PageContent {
  const facts: readonly (readonly [keyof Texts, string])[] = [
    ['address', config.publicUrl],
    ['audience', config.audience],
    ['rpId', config.rpId],
  ];
  const main = `<section class="panel"><h1>${escapeHtml(texts.heading)}</h1><p class="text">${escapeHtml(texts.text)}</p>
${groups.map((group) => buildGroup(group, texts)).join('\n')}
<h2>${escapeHtml(texts.factsHeading)}</h2>
<dl>${facts.map(([name, value]) => `<div><dt>${escapeHtml(texts[name])}</dt><dd><code dir="ltr">${escapeHtml(value)}</code></dd></div>`).join('')}</dl></section>`;
  return { title: texts.heading, main };
}

function buildGroup({ heading, links }: LinkGroup, texts: Texts): string {
  const rows = links.map(
    ({ to, name, text }) =>
      `<li><a href="${escapeHtml(to)}"><strong>${escapeHtml(texts[name])}</strong><span>${escapeHtml(texts[text])}</span></a></li>`,
  );
  return `<h2>${escapeHtml(texts[heading])}</h2><ul class="places">${rows.join('')}</ul>`;
}
