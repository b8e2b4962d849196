/** The checks of every screen: axe finds nothing, nothing is wider than the screen, and a picture is taken. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, type Page, test } from '@playwright/test';
import type { RunOptions } from 'axe-core';

export interface Look {
  readonly width: number;
  readonly colorScheme: 'light' | 'dark';
}

/** The narrowest phone and a desktop screen, each in one colour scheme. */
export const LOOKS: readonly Look[] = [
  { width: 320, colorScheme: 'dark' },
  { width: 1280, colorScheme: 'light' },
];

/** Not part of `npm test`. */
const WITH_PICTURES = process.env.PICTURES !== 'none';

/**
 * Checks the current page without loading it again. In `npm test` every rule runs at the first look, and at the others only the rules about
 * colours and sizes; in the drills every rule runs at each look. The pictures are in the test's output folder.
 */
export async function judge(page: Page, name: string, looks = LOOKS): Promise<void> {
  for (const [position, { width, colorScheme }] of looks.entries()) {
    const title = `${name}-${width}-${colorScheme}`.replaceAll(' ', '-');
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    await page.setViewportSize({ width, height: 900 });
    const rules = position === 0 || process.env.DRILLS ? undefined : RULES_OF_A_LOOK;
    expect(await findViolations(page, rules), title).toEqual([]);
    const overflow = await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth');
    expect(overflow, `${title} is wider than the screen`).toBe(0);
    if (WITH_PICTURES) await page.screenshot({ path: test.info().outputPath(`${title}.png`), fullPage: true });
  }
}

/** Axe's rules whose result depends on the colours or on the width of the screen. */
const RULES_OF_A_LOOK: readonly string[] = [
  'color-contrast',
  'link-in-text-block',
  'scrollable-region-focusable',
  'target-size',
];

/** Minified, because every page has to read it: half the size of the text that the module exports. */
const AXE = readFileSync(fileURLToPath(import.meta.resolve('axe-core/axe.min.js')), 'utf8');

interface Violation {
  readonly id: string;
  readonly nodes: readonly { readonly html: string }[];
}

/** What axe finds, by rule and element: with every rule, or with `rules`. A document gets axe's script once. */
export async function findViolations(page: Page, rules?: readonly string[]): Promise<readonly string[]> {
  // Only violations are described in the result, and nothing is loaded for rules that are off by default.
  const options: RunOptions = { resultTypes: ['violations'], preload: false };
  if (rules) options.runOnly = { type: 'rule', values: [...rules] };
  if (!(await page.evaluate('"axe" in window'))) await page.evaluate(AXE);
  const found = await page.evaluate(
    `axe.run(document, ${JSON.stringify(options)}).then(({ violations }) => violations)`,
  );
  const violations = found as readonly Violation[]; // as axe describes its results
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
}
