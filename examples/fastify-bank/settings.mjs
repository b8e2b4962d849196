/** Where the bank and the network are, and the bank's client at the network: its id and its key. */
import { generateKeyPairSync } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';

export const BANK = 'Example Bank';
/** The bank's own origin, as browsers see it. */
export const ORIGIN = process.env.ORIGIN ?? 'http://bank.localhost:4010';
export const NETWORK = process.env.NETWORK_URL ?? 'http://verify.localhost:4000';

const CLIENT = { clientId: 'example-bank', consumerKey: 'example-bank!signing-key-1' };

/** The first start makes the key, and client.json with the public half: the network's operator registers it. */
export function openClient() {
  if (!existsSync('signing-key.pem')) {
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    writeFileSync('signing-key.pem', privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
    const registration = {
      ...CLIENT,
      name: BANK,
      role: 'issuer',
      signingKey: publicKey.export({ type: 'spki', format: 'pem' }),
      callbackDomains: [new URL(ORIGIN).hostname],
      accountRanges: ['54545454'],
      countries: ['US'],
    };
    writeFileSync('client.json', JSON.stringify(registration, null, 2));
    console.log(
      `Register the client, in the checkout of the network:\n  npx payment-passkeys-network clients add ${resolve('client.json')}`,
    );
  }
  return { ...CLIENT, signingKey: readFileSync('signing-key.pem', 'utf8') };
}
