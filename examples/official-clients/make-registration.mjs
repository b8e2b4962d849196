/** What the network's operator is given of a client: FILE.json of `payment-passkeys-network clients add`, around the public half of a key. */
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
  // Not those of the demo's bank: ranges of two clients never overlap.
  accountRanges: ['411111'],
  countries: ['US'],
};
console.log(JSON.stringify(registration, null, 2));
