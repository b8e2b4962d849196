/**
 * Makes the registration of a client for the network's operator: FILE.json of `payment-passkeys-network clients add`, with the public half
 * of a key.
 */
import { createPublicKey } from 'node:crypto';
import { readFileSync } from 'node:fs';

const [file] = process.argv.slice(2);
if (file === undefined) {
  console.error('node make-registration.mjs SIGNING_KEY.pem');
  process.exit(2);
}
const registration = {
  clientId: 'official-client',
  name: 'Official Client',
  role: 'issuer',
  consumerKey: 'official-client!example',
  signingKey: createPublicKey(readFileSync(file, 'utf8')).export({ type: 'spki', format: 'pem' }),
  callbackDomains: ['bank.localhost'],
  // Not the demo bank's ranges: ranges of two clients never overlap.
  accountRanges: ['411111'],
  countries: ['US'],
};
console.log(JSON.stringify(registration, null, 2));
