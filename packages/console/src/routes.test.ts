import { CONSOLE_PAGES, SANDBOX_PAGES } from '@payment-passkeys/protocol/console';
import { expect, it } from 'vitest';
import { ROUTES } from './routes.ts';

it('the server answers the address of every screen', () => {
  const [sandbox, every] = [ROUTES.filter((route) => route.sandbox), ROUTES.filter((route) => !route.sandbox)];
  expect(CONSOLE_PAGES).toEqual(expect.arrayContaining(every.map(({ path }) => path)));
  expect(sandbox.map(({ path }) => path)).toEqual(SANDBOX_PAGES);
});

it('each screen of the navigation comes once', () => {
  const titles = ROUTES.filter(({ icon }) => icon !== undefined).map(({ title }) => title);
  expect(new Set(titles).size).toBe(titles.length);
});
