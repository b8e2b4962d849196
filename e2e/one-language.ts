/** Checks that a page is in one language: its lang attribute, and that no English word is left on it. */
import { expect, type Page } from '@playwright/test';

/** Names and written codes, which are the same in every language. */
const NAMES: ReadonlySet<string> = new Set(
  'Tidewick Mastercard American Express Robin US USD robin passkey demo Secure Payment Confirmation Larkmoor Bank Larkspur'.split(
    ' ',
  ),
);
/** Addresses, order numbers, codes. */
const LITERALS = /https?:\/\/\S+|[\w-]+\.localhost(:[0-9]+)?|TW-[A-Z0-9]+|[A-Z]+(_[A-Z]+)+/g;

/** All text that can be seen or heard: text of visible elements, and labels for screen readers. */
const READ_TEXTS = `(() => {
  const texts = [document.title];
  const shown = (element) => element.checkVisibility({ visibilityProperty: true });
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const parent = walker.currentNode.parentElement;
    // The list of languages names each language in that language.
    if (!parent.closest('script, style, [translate=no], select[name=language]') && shown(parent)) texts.push(walker.currentNode.data);
  }
  for (const element of document.querySelectorAll('[aria-label], [placeholder], [alt]')) {
    if (!shown(element) || element.closest('[translate=no]')) continue;
    for (const name of ['aria-label', 'placeholder', 'alt']) texts.push(element.getAttribute(name) ?? '');
  }
  return texts;
})()`;

/** Words in Latin letters that are no name. Useful for a language with other letters. */
export async function findLatinWords(page: Page): Promise<readonly string[]> {
  const texts = (await page.evaluate(READ_TEXTS)) as readonly string[]; // READ_TEXTS answers texts
  return texts
    .flatMap((text) => text.replace(LITERALS, ' ').match(/[A-Za-z]{2,}/g) ?? [])
    .filter((word) => !NAMES.has(word));
}

/** Expects that the page declares `tag` as its language, and that all its texts are in this language. */
export async function expectOnlyIn(page: Page, tag: string): Promise<void> {
  await expect(page.locator('html')).toHaveAttribute('lang', tag);
  expect(await findLatinWords(page), page.url()).toEqual([]);
}
