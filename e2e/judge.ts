/** What every screen has to hold, whoever made it: nothing for axe to find, nothing wider than the screen, and a picture to look at. */
import { AxeBuilder } from '@axe-core/playwright';
import { expect, type Page, test } from '@playwright/test';

export interface Look {
  readonly width: number;
  readonly colorScheme: 'light' | 'dark';
}

/** The narrowest phone and a desk, one in each scheme. */
export const LOOKS: readonly Look[] = [
  { width: 320, colorScheme: 'dark' },
  { width: 1280, colorScheme: 'light' },
];

/** `npm test` leaves them out. */
const WITH_PICTURES = process.env.PICTURES !== 'none';

/** On the page as it stands, which is not loaded again. The pictures are in the test's output folder. */
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

/** Every rule runs; what it does not object to is not described, and nothing is fetched for rules that are off by default. */
const VIOLATIONS_ONLY: Parameters<AxeBuilder['options']>[0] = { resultTypes: ['violations'], preload: false };

/** What axe finds, by rule and element. */
export async function findViolations(page: Page): Promise<readonly string[]> {
  // In one step, as no page of ours has a frame: the other way opens a page of its own for each result.
  const { violations } = await new AxeBuilder({ page }).setLegacyMode().options(VIOLATIONS_ONLY).analyze();
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
}
