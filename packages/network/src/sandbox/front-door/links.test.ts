import { expect, test } from 'vitest';
import { readConfig } from '../../platform/config/config.ts';
import { findLinks } from './links.ts';

const targets = (env: Readonly<Record<string, string>>, hasPage: (path: string) => boolean) =>
  findLinks(readConfig(env), hasPage).map(({ heading, links }) => [heading, ...links.map(({ to }) => to)]);

test('the bank, the shop and the console are there where the settings name them, the rest where this server answers', () => {
  const env = {
    DEMO_BANK_URL: 'http://bank.localhost:4001',
    DEMO_SHOP_URL: 'http://shop.localhost:4002',
    CONSOLE_PORT: '4003',
  };
  expect(targets(env, (path) => path === '/openapi.json')).toEqual([
    ['tryHeading', 'http://bank.localhost:4001', 'http://shop.localhost:4002'],
    ['buildHeading', '/openapi.json'],
    ['runHeading', 'http://console.localhost:4003'],
  ]);
});

test('a group without a link is left out', () => {
  expect(targets({}, (path) => path === '/docs')).toEqual([['buildHeading', '/docs']]);
});
