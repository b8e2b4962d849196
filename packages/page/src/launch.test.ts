import { AccessToken, ClientId, SessionId, Uuid } from '@payment-passkeys/protocol';
import { describe, expect, it } from 'vitest';
import { isBroken, PATTERNS, withoutToken } from './launch.ts';
import { LAUNCH } from './visit.fixture.ts';

describe('a launch', () => {
  it("is checked by the protocol's own patterns", () => {
    const schemas = {
      clientId: ClientId,
      authenticationSessionId: SessionId,
      clientSessionId: Uuid,
      accessToken: AccessToken,
    };
    const patterns = Object.entries(PATTERNS).map(([name, pattern]) => [name, { pattern }]);
    expect(schemas).toMatchObject(Object.fromEntries(patterns));
    expect(Object.keys(schemas)).toEqual(Object.keys(PATTERNS));
  });

  it('is not broken when it is whole', () => expect(isBroken(LAUNCH, { openedBefore: false })).toBe(false));

  it.each(Object.keys(PATTERNS) as (keyof typeof PATTERNS)[])('is broken when %s is missing or malformed', (name) => {
    const { [name]: _, ...without } = LAUNCH;
    expect(isBroken(without, { openedBefore: false })).toBe(true);
    expect(isBroken({ ...LAUNCH, [name]: 'no good!' }, { openedBefore: false })).toBe(true);
    expect(isBroken({ ...LAUNCH, [name]: 'no good!' }, { openedBefore: true })).toBe(true);
  });

  it('lacks its token rightly after it was opened, and nothing else', () => {
    expect(isBroken(withoutToken(LAUNCH), { openedBefore: true })).toBe(false);
    const { clientId: _, ...without } = LAUNCH;
    expect(isBroken(without, { openedBefore: true })).toBe(true);
  });

  it('loses its token and nothing else once it is spent', () => {
    const { accessToken: _, ...rest } = LAUNCH;
    expect(withoutToken(LAUNCH)).toEqual(rest);
  });
});
