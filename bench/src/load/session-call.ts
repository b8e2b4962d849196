/** Cardholders and their Sessions calls, which are encrypted and signed before the clock starts. */
import { createPrivateKey, randomBytes, randomInt } from 'node:crypto';
import { encryptPayload, signRequest } from '@payment-passkeys/channel';
import { SESSIONS_PATH } from '@payment-passkeys/protocol';
import { buildSessionInfo, buildSessionRequest } from '@payment-passkeys/testkit';
import type { OfferedKey } from '../bench-client.ts';
import { CALLBACK_URI } from '../production.ts';
import type { LoadJob } from './job.ts';
import type { Passkey } from './passkey.ts';

export interface Cardholder {
  readonly pan: string;
  readonly email: string;
  readonly phone: string;
  /** The device cookie, `name=value`; only for cardholders who have enrolled before. */
  device?: string | undefined;
  passkey?: Passkey | undefined;
}

/** No two cardholders share an account. */
export function createCardholder(): Cardholder {
  const digits = `555555${String(randomInt(1e9)).padStart(9, '0')}`;
  const phone = `555${String(randomInt(1e7)).padStart(7, '0')}`;
  return { pan: digits + checkDigit(digits), email: `${randomBytes(9).toString('hex')}@mail.example`, phone };
}

/** Luhn, ISO/IEC 7812-1 annex B. */
function checkDigit(digits: string): number {
  const sum = [...digits].toReversed().reduce((total, character, position) => {
    const doubled = Number(character) * (position % 2 === 0 ? 2 : 1);
    return total + (doubled > 9 ? doubled - 9 : doubled);
  }, 0);
  return (10 - (sum % 10)) % 10;
}

export interface SignedCall {
  readonly body: string;
  readonly authorization: string;
}

export type Sign = (path: string, body: string) => Promise<string>;

export function createSigner({ client, publicUrl, dialect }: LoadJob): Sign {
  const signingKey = createPrivateKey(client.privateKeyPem);
  return (path, body) =>
    signRequest({
      method: 'POST',
      url: publicUrl + path,
      body,
      consumerKey: client.consumerKey,
      signingKey,
      algorithm: 'RSA-SHA256',
      now: new Date(),
      nonce: randomBytes(12).toString('hex'),
      dialect,
    });
}

/** The call that starts the cardholder's session. Valid for five minutes, like its signature. */
export async function prepareSessionCall(cardholder: Cardholder, key: OfferedKey, sign: Sign): Promise<SignedCall> {
  const { pan, email, phone } = cardholder;
  const info = buildSessionInfo(new Date(), {
    callbackUri: CALLBACK_URI,
    accountReferences: {
      cards: [{ primaryAccountNumber: pan, panExpirationMonth: '12', panExpirationYear: '2032' }],
      emailAddresses: [email],
      mobileNumbers: [{ countryCode: '1', phoneNumber: phone }],
    },
  });
  const encrypted = encryptPayload({ payload: info, key, encryption: 'A256GCM' });
  const body = JSON.stringify(buildSessionRequest(encrypted));
  return { body, authorization: await sign(SESSIONS_PATH, body) };
}
