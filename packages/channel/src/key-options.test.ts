import { constants, generateKeyPairSync, sign, verify } from 'node:crypto';
import { expect, test } from 'vitest';
import { withOptions } from './key-options.ts';

const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const PSS = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 };
const data = Buffer.from('signed');

test('the options are those of the copy: node:crypto does with it what it does with an object around the key', () => {
  const forPss = withOptions(PSS);
  const signature = sign('sha256', data, forPss(privateKey));
  expect(verify('sha256', data, { key: publicKey, ...PSS }, signature)).toBe(true);
  expect(verify('sha256', data, forPss(publicKey), signature)).toBe(true);
  expect(verify('sha256', data, publicKey, signature)).toBe(false);
});

test('the key itself stays as it is, and has one copy for each set of options', () => {
  const forPss = withOptions(PSS);
  expect(forPss(privateKey)).toBe(forPss(privateKey));
  expect(forPss(privateKey).equals(privateKey)).toBe(true);
  expect(forPss(privateKey)).not.toBe(withOptions(PSS)(privateKey));
  expect(verify('sha256', data, publicKey, sign('sha256', data, privateKey))).toBe(true);
});
