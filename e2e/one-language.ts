/** Whether a page is in one language: what it says of itself, and that no English word is left on it. */
import { expect, type Page } from '@playwright/test';

/** Names, and what is read out letter by letter: they are the same in every language. */
const NAMES: ReadonlySet<string> = new Set(
  'Tidewick Mastercard Robin US USD robin passkey demo Secure Payment Confirmation Larkmoor Bank Larkspur'.split(' '),
);
/** Addresses, order numbers, codes. */
const LITERALS = /https?:\/\/\S+|[\w-]+\.localhost(:[0-9]+)?|TW-[A-Z0-9]+|[A-Z]+(_[A-Z]+)+/g;

/** All text that can be seen or heard: of elements that are shown, and the labels that only a screen reader says. */
const READ_TEXTS = `(() => {
  const texts = [document.title];
  const shown = (element) => element.checkVisibility({ visibilityProperty: true });
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const parent = walker.currentNode.parentElement;
    // The languages are called by their own names.
    if (!parent.closest('script, style, [translate=no], select[name=language]') && shown(parent)) texts.push(walker.currentNode.data);
  }
  for (const element of document.querySelectorAll('[aria-label], [placeholder], [alt]')) {
    if (!shown(element) || element.closest('[translate=no]')) continue;
    for (const name of ['aria-label', 'placeholder', 'alt']) texts.push(element.getAttribute(name) ?? '');
  }
  return texts;
})()`;

/** Words of Latin letters that are no name. Of use for a language that is written in other letters. */
export async function findLatinWords(page: Page): Promise<readonly string[]> {
  const texts = (await page.evaluate(READ_TEXTS)) as readonly string[]; // as written above
  return texts
    .flatMap((text) => text.replace(LITERALS, ' ').match(/[A-Za-z]{2,}/g) ?? [])
    .filter((word) => !NAMES.has(word));
}

/** The page says that it is in `tag`, and is. */
export async function expectOnlyIn(page: Page, tag: string): Promise<void> {
  await expect(page.locator('html')).toHaveAttribute('lang', tag);
  expect(await findLatinWords(page), page.url()).toEqual([]);
}
