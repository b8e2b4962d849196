/** Decrypts the payload of a Sessions call: by the official library, or by jose, which refuses payloads of the official library. */
import { compactDecrypt } from 'jose';
import { JweEncryption } from 'mastercard-client-encryption';
import { z } from 'zod';
import type { App } from './app.ts';
import { Refusal } from './refusal.ts';

const FIELD = 'srcSessionInitiationRequestInfo';
const ENDPOINT = '/authentication/sessions';

const complianceResource = z.object({
  complianceType: z.string(),
  uri: z.url().max(1024),
  version: z.string().max(10),
  datePublished: z.string(),
});
const Payload = z.object({
  accountReferences: z.object({
    cards: z
      .array(
        z.object({
          primaryAccountNumber: z.string().regex(/^\d{12,19}$/),
          panExpirationMonth: z.string().regex(/^(0[1-9]|1[0-2])$/),
          panExpirationYear: z.string().regex(/^\d{4}$/),
          cardholderFullName: z.string().optional(),
        }),
      )
      .min(1)
      .max(20),
    emailAddresses: z.array(z.email().max(254)).optional(),
    mobileNumbers: z
      .array(z.object({ countryCode: z.string().regex(/^\d{1,4}$/), phoneNumber: z.string().regex(/^\d{4,14}$/) }))
      .optional(),
  }),
  cardholderVerification: z.object({
    method: z.enum(['ISSUER_LOGIN', 'OTP', '3DS', 'BRANCH']),
    verifiedAt: z.iso.datetime({ offset: true }),
  }),
  consent: z.object({
    country: z.string().length(2),
    language: z.string(),
    acceptedAt: z.iso.datetime({ offset: true }),
  }),
  complianceSettings: z.object({ complianceResources: z.array(complianceResource).min(2) }),
  callbackUri: z.url().max(2048),
  locale: z.string().optional(),
});
export type Payload = z.infer<typeof Payload>;

const SessionsBody = z.object({
  clientSessionId: z.uuid(),
  authenticationReasons: z.tuple([z.literal('ACCOUNT_LOGIN')]),
  [FIELD]: z.object({ encryptedData: z.string().max(65_536) }),
});

export interface SessionsCall {
  readonly clientSessionId: string;
  readonly payload: Payload;
}

export function createPayloadReader(keys: App['keys'], decryption: 'official' | 'jose') {
  const decrypt = decryption === 'jose' ? createJoseDecryption(keys) : createOfficialDecryption(keys);
  return async (json: unknown): Promise<SessionsCall> => {
    const body = SessionsBody.safeParse(json);
    if (!body.success) throw new Refusal(400, z.prettifyError(body.error));
    const payload = Payload.safeParse(await decrypt(body.data[FIELD].encryptedData));
    if (!payload.success) throw new Refusal(400, z.prettifyError(payload.error));
    return { clientSessionId: body.data.clientSessionId, payload: payload.data };
  };
}

function createOfficialDecryption({ privateKeyFile, certificateFile }: App['keys']) {
  const library = new JweEncryption({
    mode: 'JWE',
    paths: [{ path: ENDPOINT, toEncrypt: [], toDecrypt: [{ element: FIELD, obj: FIELD }] }],
    encryptedValueFieldName: 'encryptedData',
    encryptionCertificate: certificateFile,
    privateKey: privateKeyFile,
    publicKeyFingerprintType: 'publicKey',
  });
  return async (encryptedData: string): Promise<unknown> =>
    library.decrypt({ request: { url: ENDPOINT }, body: { [FIELD]: { encryptedData } } })[FIELD];
}

function createJoseDecryption({ decryption }: App['keys']) {
  return async (encryptedData: string): Promise<unknown> => {
    const { plaintext } = await compactDecrypt(encryptedData, decryption, {
      keyManagementAlgorithms: ['RSA-OAEP-256'],
      contentEncryptionAlgorithms: ['A128GCM', 'A256GCM'],
    });
    return JSON.parse(new TextDecoder().decode(plaintext));
  };
}
