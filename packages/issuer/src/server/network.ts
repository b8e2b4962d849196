/** What the kit asks of the network: open a session, vouch for a proof, bind a passkey. Answers are checked by protocol's schemas. */
import {
  encryptPayload,
  findEncryptionKey,
  type PublishedKey,
  readKeySet,
  verifyProof,
} from '@payment-passkeys/channel';
import {
  AUTHENTICATORS_PATH,
  AuthenticatorAnswer,
  type AuthenticatorRequest,
  compileSchema,
  countAccounts,
  MAX_ACCOUNTS,
  missingComplianceType,
  SESSIONS_PATH,
  SessionAnswer,
  type SessionRequest,
  SrcSessionInitiationRequestInfo,
} from '@payment-passkeys/protocol';
import { IssuerError } from './errors.ts';
import type { NetworkClient } from './network-client.ts';
import { type CachedKeys, cacheKeys } from './network-keys.ts';

const ENCRYPTION_KEYS_PATH = '/keys/encryption';
const PROOF_KEYS_PATH = '/.well-known/jwks.json';

const sessionInfo = compileSchema(SrcSessionInitiationRequestInfo);
const sessionAnswer = compileSchema(SessionAnswer);
const authenticatorAnswer = compileSchema(AuthenticatorAnswer);

/** The session at the network that a proof has to be of. */
export interface SessionOfProof {
  readonly clientSessionId: string;
  readonly authenticationSessionId: string;
}

export interface Network {
  /** Throws IssuerError `INVALID_ENROLMENT` before anything is sent, or `NETWORK_…`. */
  openSession(session: {
    readonly clientSessionId: string;
    readonly info: SrcSessionInitiationRequestInfo;
  }): Promise<SessionAnswer>;
  /**
   * Whether a proof is genuine, in time, and of this session. Whether it was spent, the network says when it binds.
   * Throws IssuerError `NETWORK_…` when the keys cannot be had.
   */
  acceptsProof(proofOfAuthentication: string, session: SessionOfProof): Promise<boolean>;
  /** Undefined when the network refuses the proof. The same call again answers the same ids, for 24 hours. Throws IssuerError `NETWORK_…`. */
  bind(
    proven: SessionOfProof & { readonly proofOfAuthentication: string },
  ): Promise<{ readonly credentialId: string; readonly bindingId: string } | undefined>;
}

export interface NetworkOptions {
  readonly client: NetworkClient;
  /** The origin of the hosted page: the `iss` of proofs, and the only place a browser is sent to. */
  readonly issuer: string;
  /** The `aud` of proofs. */
  readonly audience: string;
  readonly clock: () => Date;
}

export function createNetwork({ client, issuer, audience, clock }: NetworkOptions): Network {
  const cached = (path: string) => cacheKeys({ fetchKeys: async () => readKeys(await client.get(path)), clock });
  const encryptionKeys = cached(ENCRYPTION_KEYS_PATH);
  const proofKeys = cached(PROOF_KEYS_PATH);

  const encrypt = (info: SrcSessionInitiationRequestInfo, keys: readonly PublishedKey[]): string => {
    const key = findEncryptionKey({ keys, now: clock() });
    if (key === undefined) throw new IssuerError('NETWORK_ANSWER_INVALID', 'the network offers no key to encrypt to');
    return encryptPayload({ payload: info, key, encryption: 'A256GCM' });
  };

  return {
    async openSession({ clientSessionId, info }) {
      checkInfo(info);
      const post = (keys: readonly PublishedKey[]) =>
        client.post(SESSIONS_PATH, {
          clientSessionId,
          authenticationReasons: ['ACCOUNT_LOGIN'],
          srcSessionInitiationRequestInfo: { encryptedData: encrypt(info, keys) },
        } satisfies SessionRequest);
      const answer = await post(await encryptionKeys.current()).catch(async (error: unknown) => {
        // The key was rotated since it was fetched. Nothing was opened, so the same session may be asked for again, once.
        if (reasonOf(error) !== 'UNKNOWN_KEY_ID') throw error;
        return post(await encryptionKeys.refreshed());
      });
      return readSession(answer, { clientSessionId, issuer });
    },

    async acceptsProof(proof, { clientSessionId }) {
      const keys = (kid: string) => findKey(proofKeys, kid);
      const verdict = await verifyProof({ proof, keys, issuer, audience, now: clock() });
      return verdict.ok && verdict.claims.clientSessionId.toLowerCase() === clientSessionId;
    },

    async bind({ authenticationSessionId, proofOfAuthentication }) {
      const request: AuthenticatorRequest = { authenticationSessionId, proofOfAuthentication };
      try {
        const answer = await client.post(AUTHENTICATORS_PATH, request);
        if (!authenticatorAnswer.accepts(answer))
          throw invalidAnswer('Authenticators', authenticatorAnswer.violations(answer));
        return { credentialId: answer.credentialId, bindingId: answer.bindingId };
      } catch (error) {
        if (reasonOf(error)?.startsWith('PROOF_')) return undefined;
        throw error;
      }
    },
  };
}

/** The key of that name, from a set that is fetched again if it lacks it. */
async function findKey(cached: CachedKeys<readonly PublishedKey[]>, kid: string): Promise<PublishedKey | undefined> {
  const find = (keys: readonly PublishedKey[]) => keys.find((key) => key.use === 'sig' && key.kid === kid);
  return find(await cached.current()) ?? find(await cached.refreshed());
}

function readKeys(json: unknown): readonly PublishedKey[] {
  const reading = readKeySet(json);
  if (!reading.ok) throw new IssuerError('NETWORK_ANSWER_INVALID', 'the key set cannot be read');
  return reading.keys;
}

/** What the schema says and what stands beside it, so that a mistake of the bank's is found before a card number is sent. */
function checkInfo(info: SrcSessionInitiationRequestInfo): void {
  const fields = sessionInfo.violations(info).map(({ pointer, problem }) => `${pointer} ${problem}`);
  if (fields.length > 0) throw new IssuerError('INVALID_ENROLMENT', fields.join('; '));
  if (countAccounts(info.accountReferences) > MAX_ACCOUNTS) {
    throw new IssuerError('INVALID_ENROLMENT', `/accountReferences must be at most ${MAX_ACCOUNTS} in all`);
  }
  const missing = info.complianceSettings && missingComplianceType(info.complianceSettings);
  if (missing !== undefined) throw new IssuerError('INVALID_ENROLMENT', `complianceResources must hold ${missing}`);
}

function readSession(
  answer: unknown,
  expected: { readonly clientSessionId: string; readonly issuer: string },
): SessionAnswer {
  if (!sessionAnswer.accepts(answer)) throw invalidAnswer('Sessions', sessionAnswer.violations(answer));
  if (answer.clientSessionId.toLowerCase() !== expected.clientSessionId) {
    throw new IssuerError('NETWORK_ANSWER_INVALID', 'Sessions answered for another clientSessionId');
  }
  // A browser goes where this says, with the cardholder's trust: nowhere but to the network.
  if (!URL.canParse(answer.uri) || new URL(answer.uri).origin !== expected.issuer) {
    throw new IssuerError('NETWORK_ANSWER_INVALID', "the session's uri is not at the network's origin");
  }
  return answer;
}

function invalidAnswer(
  api: string,
  violations: readonly { readonly pointer: string; readonly problem: string }[],
): IssuerError {
  const fields = violations.map(({ pointer, problem }) => `${pointer} ${problem}`).join('; ');
  return new IssuerError('NETWORK_ANSWER_INVALID', `${api}: ${fields}`);
}

function reasonOf(error: unknown): string | undefined {
  return error instanceof IssuerError ? error.refusal?.reason : undefined;
}
