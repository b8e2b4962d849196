import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

const ADDRESS = 'https://verify.example/auth/passkeys?clientId=bank#token';

/** A browser with this `history`. */
function stubBrowser(history: object): void {
  const { href, pathname, search } = new URL(ADDRESS);
  vi.stubGlobal('location', { href, pathname, search });
  vi.stubGlobal('history', history);
}

const refuse = () => {
  throw new DOMException('', 'SecurityError');
};

beforeEach(() => vi.resetModules());
afterEach(() => vi.unstubAllGlobals());

describe('the address bar', () => {
  it('loses the token at once, and gives the address away once', async () => {
    const replaceState = vi.fn();
    stubBrowser({ state: { opened: true }, replaceState });
    const { takeAddress, wasOpened } = await import('./address-bar.ts');
    expect(replaceState).toHaveBeenCalledExactlyOnceWith({ opened: true }, '', '/auth/passkeys?clientId=bank');
    expect([takeAddress(), takeAddress()]).toEqual([ADDRESS, undefined]);
    expect(wasOpened()).toBe(true);
  });

  it('that cannot be wiped fails when it is asked, not when it is loaded, and a reload is told worse', async () => {
    stubBrowser({ state: null, replaceState: refuse });
    const { markOpened, takeAddress, wasOpened, wipeAgain } = await import('./address-bar.ts');
    expect(takeAddress).toThrow();
    expect(takeAddress()).toBeUndefined();
    markOpened();
    expect(wasOpened()).toBe(false);
    wipeAgain();
    expect(takeAddress).toThrow();
  });

  it('of a browser without any history fails likewise', async () => {
    stubBrowser(Object.create({}, { state: { get: refuse } }));
    const { takeAddress, wasOpened } = await import('./address-bar.ts');
    expect(takeAddress).toThrow();
    expect(wasOpened()).toBe(false);
  });
});
