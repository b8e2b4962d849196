import { expect, test } from 'vitest';
import { readDemo } from './demo-settings.ts';

test('the origins of bank and shop, each only where it is set', () => {
  expect(readDemo({ DEMO_SHOP_URL: 'http://shop.localhost:4002' }, 'sandbox')).toEqual({
    bankUrl: undefined,
    shopUrl: 'http://shop.localhost:4002',
  });
});

test.each(['nothing', 'ftp://bank.localhost', 'http://bank.localhost/path', 'javascript:alert(1)'])(
  '%s is refused',
  (value) => {
    expect(() => readDemo({ DEMO_BANK_URL: value }, 'sandbox')).toThrow(/^DEMO_BANK_URL has to be an origin/);
  },
);

test('production refuses either', () => {
  const env = { DEMO_SHOP_URL: 'https://shop.example' };
  expect(() => readDemo(env, 'production')).toThrow(/^DEMO_SHOP_URL is for sandbox mode only/);
});
