import { CONSOLE_PAGES } from '@payment-passkeys/protocol/console';
import { expect, it } from 'vitest';
import { ROUTES } from './routes.ts';

it('the server answers the address of every screen', () => {
  expect(CONSOLE_PAGES).toEqual(expect.arrayContaining(ROUTES.map(({ path }) => path)));
});

it('each screen of the navigation comes once', () => {
  const titles = ROUTES.filter(({ icon }) => icon !== undefined).map(({ title }) => title);
  expect(new Set(titles).size).toBe(titles.length);
});
