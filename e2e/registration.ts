/** The registration element in a page: its build, and its parts. */
import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Page } from '@playwright/test';

export const ISSUER = fileURLToPath(new URL('../packages/issuer/', import.meta.url));
export const BUNDLE = path.join(ISSUER, 'dist/registration/payment-passkey-registration.js');

export function buildRegistration(): void {
  execFileSync(process.execPath, ['--conditions=source', path.join(ISSUER, 'build-registration.mjs')]);
}

export const element = (page: Page) => page.locator('payment-passkey-registration');
export const select = (page: Page, id: 'country' | 'language') => element(page).locator(`select#${id}`);
