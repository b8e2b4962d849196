import type { UseFault } from '@payment-passkeys/authenticator';
import { describe, expect, test } from 'vitest';
import { ALGORITHMS, buildUse, outcomeOf, outcomeOfUse, POLICY, useAgain } from '../test/valid-ceremony.ts';
import { type CeremonyErrorCode, verifyAssertion } from './index.ts';

describe('WebAuthn L3 §7.2: a use that is right is accepted', () => {
  test.each(ALGORITHMS)('%s', async (algorithm) => {
    expect(await verifyAssertion(await buildUse({ algorithm }))).toEqual({
      signCount: 2,
      userVerified: true,
      backedUp: false,
      backupEligible: false,
      counterRegressed: false,
    });
  });
});

const STEPS: readonly [string, UseFault, CeremonyErrorCode][] = [
  ['§5.1: id is rawId', 'id-is-not-raw-id', 'CREDENTIAL_MISMATCH'],
  ['§7.2 step 5: the credential is the one allowed', 'other-credential-id', 'CREDENTIAL_MISMATCH'],
  ['§7.2 step 6: the user handle, when given', 'other-user-handle', 'USER_HANDLE_MISMATCH'],
  ['§7.2 step 9: the client data is JSON', 'client-data-not-json', 'MALFORMED'],
  ['§7.2 step 10: the type is webauthn.get', 'wrong-type', 'WRONG_TYPE'],
  ['§7.2 step 11: the challenge is the one of the options', 'wrong-challenge', 'CHALLENGE_MISMATCH'],
  ['§7.2 step 12: the origin is expected, exactly', 'wrong-origin', 'ORIGIN_NOT_ALLOWED'],
  ['§7.2 step 13: no frame of another origin (crossOrigin)', 'cross-origin', 'CROSS_ORIGIN'],
  ['§7.2 step 14: no frame of another origin (topOrigin)', 'top-origin', 'CROSS_ORIGIN'],
  ['§6.1: the authenticator data is whole', 'authenticator-data-truncated', 'MALFORMED'],
  ['§6.1: the authenticator data ends where it ends', 'authenticator-data-trailing-bytes', 'MALFORMED'],
  ['§7.2 step 15: the RP ID hash', 'wrong-rp-id', 'RP_ID_MISMATCH'],
  ['§7.2 step 16: UP is set', 'user-not-present', 'USER_NOT_PRESENT'],
  ['§7.2 step 17: UV is set', 'user-not-verified', 'USER_NOT_VERIFIED'],
  ['§7.2 step 18: no BS without BE', 'backed-up-but-not-eligible', 'BACKUP_STATE_INVALID'],
  ['§7.2 step 21: the signature verifies', 'signature', 'SIGNATURE_INVALID'],
  ["§7.2 step 21: with the stored passkey's key", 'other-key', 'SIGNATURE_INVALID'],
];

describe('WebAuthn L3 §7.2: one thing wrong is refused', () => {
  for (const [title, fault, code] of STEPS) {
    test.each(ALGORITHMS)(`${title}: %s`, async (algorithm) => {
      expect(await outcomeOfUse({ algorithm }, fault)).toBe(code);
    });
  }
});

describe('§7.2 step 21: every byte is signed', { timeout: 60_000 }, () => {
  test.each(ALGORITHMS)('%s', async (algorithm) => {
    const { credential, ...use } = await buildUse({ algorithm });
    for (const member of ['authenticatorData', 'clientDataJSON', 'signature'] as const) {
      const bytes = Buffer.from(credential.response[member], 'base64url');
      for (let offset = 0; offset < bytes.length; offset++) {
        const changed = Buffer.from(bytes);
        changed[offset] = (changed[offset] ?? 0) ^ 1;
        const response = { ...credential.response, [member]: changed.toString('base64url') };
        const outcome = await outcomeOf(verifyAssertion({ ...use, credential: { ...credential, response } }));
        expect(outcome, `${member}, offset ${offset}`).not.toBe('accepted');
      }
    }
  });
});

describe('§6.5.5: an ES256 signature is DER, in its one spelling', () => {
  const integer = (bytes: Buffer) => Buffer.concat([Buffer.of(0x02, bytes.length), bytes]);
  const sequence = (...members: Buffer[]) => {
    const contents = Buffer.concat(members);
    return Buffer.concat([Buffer.of(0x30, contents.length), contents]);
  };
  const [zero, one] = [Buffer.of(0), Buffer.of(1)];

  test.each<[string, (signature: Buffer) => Buffer]>([
    ['a byte behind it', (signature) => Buffer.concat([signature, zero])],
    ['a length in long form', (signature) => Buffer.concat([Buffer.of(0x30, 0x81), signature.subarray(1)])],
    ['one integer', () => sequence(integer(one))],
    ['three integers', () => sequence(integer(one), integer(one), integer(one))],
    ['an integer padded with a zero', () => sequence(integer(Buffer.of(0, 1)), integer(one))],
    ['zeros', () => sequence(integer(zero), integer(zero))],
    ['a negative integer', () => sequence(integer(Buffer.of(0x80)), integer(one))],
    ['an integer past the end', () => Buffer.of(0x30, 6, 2, 1, 1, 2, 9, 1)],
    ['r and s without their form', () => Buffer.alloc(64, 1)],
  ])('%s is refused', async (_, respell) => {
    const { credential, ...use } = await buildUse();
    const signature = respell(Buffer.from(credential.response.signature, 'base64url')).toString('base64url');
    const response = { ...credential.response, signature };
    const outcome = await outcomeOf(verifyAssertion({ ...use, credential: { ...credential, response } }));
    expect(outcome).toBe('SIGNATURE_INVALID');
  });

  test('two hundred signatures of every length are accepted', async () => {
    const { device, ...first } = await buildUse();
    for (let use = 0; use < 200; use++) {
      expect(await outcomeOf(verifyAssertion(useAgain(device, first.passkey)))).toBe('accepted');
    }
  });
});

describe('§7.2 step 6: the user handle may be left out, since the options named the credential', () => {
  // If the authenticator returns no user handle, some browsers report an empty one.
  test.each([undefined, null, ''])('%s', async (userHandle) => {
    const { credential, ...use } = await buildUse();
    const response = { ...credential.response, userHandle };
    expect(await outcomeOf(verifyAssertion({ ...use, credential: { ...credential, response } }))).toBe('accepted');
  });
});

describe('§7.2 step 22: the counter is a signal and never a refusal', () => {
  test('it grows: none', async () => {
    const { device, ...first } = await buildUse();
    const { signCount } = await verifyAssertion(first);
    const second = useAgain(device, { ...first.passkey, signCount });
    expect(await verifyAssertion(second)).toMatchObject({ signCount: 3, counterRegressed: false });
  });

  test('two zeros: none', async () => {
    const use = await buildUse({ counts: false });
    expect(await verifyAssertion(use)).toMatchObject({ signCount: 0, counterRegressed: false });
  });

  test.each([
    ['the same again', 2],
    ['less than stored', 9],
  ])('%s: a signal', async (_, signCount) => {
    const use = await buildUse();
    const passkey = { ...use.passkey, signCount };
    expect(await verifyAssertion({ ...use, passkey })).toMatchObject({ signCount: 2, counterRegressed: true });
  });

  test('zero after counting: a signal', async () => {
    const { device, passkey } = await buildUse();
    expect(await verifyAssertion(useAgain(device, { ...passkey, signCount: 2 }, 'counter-behind'))).toMatchObject({
      counterRegressed: true,
    });
    const uncounted = await buildUse({ counts: false });
    const stored = { ...uncounted.passkey, signCount: 2 };
    expect(await verifyAssertion({ ...uncounted, passkey: stored })).toMatchObject({
      signCount: 0,
      counterRegressed: true,
    });
  });
});

describe('§7.2 step 19: backup flags may differ between ceremonies, and the newest are reported', () => {
  test.each([
    [false, true],
    [true, false],
  ])('eligible %s at creation, %s now', async (before, now) => {
    const { device, passkey } = await buildUse({ backupEligible: before, backedUp: before });
    device.settings.backupEligible = now;
    device.settings.backedUp = now;
    expect(await verifyAssertion(useAgain(device, passkey))).toMatchObject({ backupEligible: now, backedUp: now });
  });
});

describe('the stored passkey', () => {
  test('§7.2 step 5: a response of another passkey of the same authenticator is refused', async () => {
    const [use, other] = [await buildUse(), await buildUse()];
    expect(await outcomeOf(verifyAssertion({ ...use, passkey: other.passkey }))).toBe('CREDENTIAL_MISMATCH');
  });

  test('an algorithm that the policy no longer has is refused', async () => {
    const use = await buildUse({ algorithm: 'RS256' });
    const policy = { ...POLICY, algorithms: [-7, -8] };
    expect(await outcomeOf(verifyAssertion({ ...use, policy }))).toBe('ALGORITHM_NOT_ALLOWED');
  });

  test('a stored key that is no key is refused', async () => {
    const use = await buildUse();
    const passkey = { ...use.passkey, publicKey: Buffer.from('a0', 'hex') };
    expect(await outcomeOf(verifyAssertion({ ...use, passkey }))).toBe('ALGORITHM_NOT_ALLOWED');
    const otherType = { ...use.passkey, publicKey: Buffer.from('a201030326', 'hex') };
    expect(await outcomeOf(verifyAssertion({ ...use, passkey: otherType }))).toBe('PUBLIC_KEY_INVALID');
    const garbage = { ...use.passkey, publicKey: Buffer.alloc(0) };
    expect(await outcomeOf(verifyAssertion({ ...use, passkey: garbage }))).toBe('PUBLIC_KEY_INVALID');
  });
});
