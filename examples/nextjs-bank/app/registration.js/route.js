/** The kit's element. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';

const BUNDLE = 'node_modules/@payment-passkeys/issuer/dist/registration/payment-passkey-registration.js';

export const GET = async () =>
  new Response(await readFile(path.join(process.cwd(), BUNDLE)), { headers: { 'content-type': 'text/javascript' } });
