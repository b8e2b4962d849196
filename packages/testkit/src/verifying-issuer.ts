/** The issuer's half of a verification at a shop, for tests: it reads the network's request and answers as the test says. */

import { createPublicKey } from 'node:crypto';
import {
  buildDecryptionKey,
  decryptVerificationAccount,
  issueVerificationResponse,
  signJwt,
  type VerificationAnswer,
  verifyVerificationRequest,
} from '@payment-passkeys/channel';
import {
  VERIFICATION_PATH,
  type VerificationAccount,
  type VerificationEndpoint,
  type VerificationRequestClaims,
} from '@payment-passkeys/protocol';
import type { NetworkAddress } from './client.ts';
import { takeSigningKey } from './kept-keys.ts';

export interface VerifyingIssuer {
  /** For the issuer's registration. */
  readonly verification: VerificationEndpoint;
  /** Reads the request that a browser at this address brings. Throws when the request is not genuine. */
  read(
    redirect: string,
  ): Promise<{ readonly claims: VerificationRequestClaims; readonly account: VerificationAccount }>;
  /** The address that the browser returns to. */
  answer(inResponseTo: string, answer?: VerificationAnswer): Promise<string>;
  /** The same with the test's own claims, signed by this issuer's key or another one. */
  answerWith(claims: Readonly<Record<string, unknown>>, options?: { readonly forged?: boolean }): Promise<string>;
}

export async function createVerifyingIssuer(
  network: NetworkAddress,
  { clientId, clock }: { readonly clientId: string; readonly clock: () => Date },
): Promise<VerifyingIssuer> {
  const [signing, encryption, stranger] = await Promise.all([takeSigningKey(), takeSigningKey(), takeSigningKey()]);
  const decryptionKey = buildDecryptionKey(encryption);
  const pem = ({ publicKey }: typeof signing) => publicKey.export({ type: 'spki', format: 'pem' }).toString();
  const back = (response: string) => `${network.publicUrl}${VERIFICATION_PATH}?response=${response}`;
  const issuer: VerifyingIssuer = {
    verification: {
      uri: 'http://bank.localhost:4001/passkeys/verification?brand=test',
      signingKey: pem(signing),
      encryptionKey: pem(encryption),
    },
    read: async (redirect) => {
      const request = new URL(redirect).searchParams.get('request') ?? '';
      const keySet = (await (await fetch(`${network.address}/.well-known/jwks.json`)).json()) as {
        keys: readonly (Record<string, unknown> & { kid: string })[];
      };
      const keys = keySet.keys.map((jwk) => ({
        kid: jwk.kid,
        publicKey: createPublicKey({ key: jwk, format: 'jwk' }),
      }));
      const expected = { issuer: network.publicUrl, audience: clientId, now: clock() };
      const verdict = await verifyVerificationRequest({ request, keys, ...expected });
      if (!verdict.ok) throw new Error(`The request is refused: ${verdict.code}`);
      const { claims } = verdict;
      const { encryptedAccount } = claims;
      const account = await decryptVerificationAccount({ encryptedAccount, keys: [decryptionKey] });
      if (account === undefined) throw new Error('The account cannot be decrypted.');
      return { claims, account };
    },
    answer: async (inResponseTo, answer = { result: 'VERIFIED', method: 'OTP', verifiedAt: clock() }) => {
      const common = { issuer: clientId, audience: network.publicUrl, now: clock() };
      return back(await issueVerificationResponse({ ...common, inResponseTo, answer, key: signing }));
    },
    answerWith: async (claims, { forged = false } = {}) =>
      back(await signJwt({ claims, key: forged ? { ...stranger, kid: signing.kid } : signing })),
  };
  return issuer;
}
