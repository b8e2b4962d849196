/** The checks of every screen: axe finds nothing, nothing is wider than the screen, and a picture is taken. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, type Page, test } from '@playwright/test';
import type { RunOptions } from 'axe-core';
import { ALSO_IN_DRILLS, AS_DRILL } from './drills.ts';

export interface Look {
  readonly width: number;
  readonly colorScheme: 'light' | 'dark';
}

/** The narrowest phone and a desktop screen, each in one colour scheme; `npm test` has the first. */
export const LOOKS: readonly Look[] = [
  { width: 320, colorScheme: 'dark' },
  { width: 1280, colorScheme: 'light' },
];

/** Not part of `npm test`. */
const WITH_PICTURES = process.env.PICTURES !== 'none';

/**
 * Checks the current page without loading it again: in `npm test` at the first look, in the drills at each. So the test must be a drill
 * (drills.ts). The pictures are in the test's output folder.
 */
export async function judge(page: Page, name: string, looks = LOOKS): Promise<void> {
  expect(test.info().titlePath.join(' '), 'a test that judges screens is also a drill').toMatch(ALSO_IN_DRILLS);
  for (const { width, colorScheme } of AS_DRILL ? looks : looks.slice(0, 1)) {
    const title = `${name}-${width}-${colorScheme}`.replaceAll(' ', '-');
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    await page.setViewportSize({ width, height: 900 });
    expect(await findViolations(page), title).toEqual([]);
    const overflow = await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth');
    expect(overflow, `${title} is wider than the screen`).toBe(0);
    if (WITH_PICTURES) await page.screenshot({ path: test.info().outputPath(`${title}.png`), fullPage: true });
  }
}

/** The minified script, because every page loads it. It is half the size of the text that the module exports. */
const AXE = readFileSync(fileURLToPath(import.meta.resolve('axe-core/axe.min.js')), 'utf8');

interface Violation {
  readonly id: string;
  readonly nodes: readonly { readonly html: string }[];
}

/** What axe finds, by rule and element. A document gets axe's script once. */
export async function findViolations(page: Page): Promise<readonly string[]> {
  // Only violations are described in the result, and nothing is loaded for rules that are off by default.
  const options: RunOptions = { resultTypes: ['violations'], preload: false };
  if (!(await page.evaluate('"axe" in window'))) await page.evaluate(AXE);
  const found = await page.evaluate(
    `axe.run(document, ${JSON.stringify(options)}).then(({ violations }) => violations)`,
  );
  const violations = found as readonly Violation[]; // as axe describes its results
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
}
