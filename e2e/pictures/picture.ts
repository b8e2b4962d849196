/** How the pictures of docs/ are taken: fixed ports and a fixed date, in the light and the dark scheme. */
import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { CDPSession, Page } from '@playwright/test';

const FOLDER = new URL('../../docs/pictures/', import.meta.url);

/** The servers' time, so that dates in the pictures change only with the product. */
export const TODAY = Date.UTC(2026, 11, 1, 9, 30);

/** The ports that the pictures show. `npm start` uses the same ports; stop it first. */
export const PORTS = { network: 4000, bank: 4001, shop: 4002, console: 4003 };

/** WebP, because it is a quarter of PNG's size; Playwright itself writes PNG and JPEG. */
export async function takePicture(page: Page, session: CDPSession, name: string): Promise<void> {
  await page.evaluate('document.activeElement?.blur(); scrollTo(0, 0)');
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    const { data } = await session.send('Page.captureScreenshot', { format: 'webp', quality: 90 });
    await writeFile(fileURLToPath(new URL(`${name}-${colorScheme}.webp`, FOLDER)), Buffer.from(data, 'base64'));
  }
}
