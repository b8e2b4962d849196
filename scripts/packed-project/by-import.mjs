import * as channel from '@payment-passkeys/channel';
import * as consent from '@payment-passkeys/issuer/consent';
import * as pkcs12 from '@payment-passkeys/issuer/pkcs12';
import * as server from '@payment-passkeys/issuer/server';
import * as testing from '@payment-passkeys/issuer/testing';
import * as protocol from '@payment-passkeys/protocol';
import { enrol } from './enrol.cjs';

for (const entry of [channel, consent, pkcs12, protocol]) {
  if (Object.keys(entry).length === 0) throw new Error('an entry point exports nothing');
}
await enrol(server, testing);
