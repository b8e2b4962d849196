/** The checks of every screen: axe finds nothing, nothing is wider than the screen, and a picture is taken. */
import { AxeBuilder } from '@axe-core/playwright';
import { expect, type Page, test } from '@playwright/test';

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

/** Checks the current page without loading it again. The pictures are in the test's output folder. */
export async function judge(page: Page, name: string, looks = LOOKS): Promise<void> {
  for (const { width, colorScheme } of looks) {
    const title = `${name}-${width}-${colorScheme}`.replaceAll(' ', '-');
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    await page.setViewportSize({ width, height: 900 });
    expect(await findViolations(page), title).toEqual([]);
    const overflow = await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth');
    expect(overflow, `${title} is wider than the screen`).toBe(0);
    if (WITH_PICTURES) await page.screenshot({ path: test.info().outputPath(`${title}.png`), fullPage: true });
  }
}

/** Every rule runs; only violations are described in the result, and nothing is loaded for rules that are off by default. */
const VIOLATIONS_ONLY: Parameters<AxeBuilder['options']>[0] = { resultTypes: ['violations'], preload: false };

/** What axe finds, by rule and element. */
export async function findViolations(page: Page): Promise<readonly string[]> {
  // In one step, because no page has a frame: the other mode opens a page of its own for each result.
  const { violations } = await new AxeBuilder({ page }).setLegacyMode().options(VIOLATIONS_ONLY).analyze();
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
}
