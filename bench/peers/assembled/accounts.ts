/** Accounts at rest: encrypted while a session needs them, found again by a keyed hash. */
import { createCipheriv, createDecipheriv, createHmac, randomBytes } from 'node:crypto';
import type { Payload } from './payload.ts';

export type Accounts = Payload['accountReferences'];

export function encryptAccounts(accounts: Accounts, key: Buffer): Buffer {
  const iv = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', key, iv);
  const ciphertext = Buffer.concat([cipher.update(JSON.stringify(accounts)), cipher.final()]);
  return Buffer.concat([iv, cipher.getAuthTag(), ciphertext]);
}

export function decryptAccounts(sealed: Buffer, key: Buffer): Accounts {
  const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, 12), { authTagLength: 16 });
  decipher.setAuthTag(sealed.subarray(12, 28));
  return JSON.parse(Buffer.concat([decipher.update(sealed.subarray(28)), decipher.final()]).toString());
}

export function hashAccounts({ cards, emailAddresses = [], mobileNumbers = [] }: Accounts, key: Buffer): Buffer[] {
  const values = [
    ...cards.map(({ primaryAccountNumber }) => `card ${primaryAccountNumber}`),
    ...emailAddresses.map((email) => `email ${email.toLowerCase()}`),
    ...mobileNumbers.map(({ countryCode, phoneNumber }) => `mobile ${countryCode}${phoneNumber}`),
  ];
  return values.map((value) => createHmac('sha256', key).update(value).digest());
}
