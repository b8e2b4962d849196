/** What the kit asks of the network: open a session, vouch for a proof, bind a passkey. In the words of the network's profile. */

import { encryptPayload, findEncryptionKey, type PublishedKey } from '@payment-passkeys/channel';
import {
  type CallContext,
  chooseEncryptionKey,
  createApiCalls,
  KitError,
  type KitTracing,
  type NetworkClient,
  publishedKeys,
} from '@payment-passkeys/kit';
import {
  compileSchema,
  countAccounts,
  MAX_ACCOUNTS,
  missingComplianceType,
  SrcSessionInitiationRequestInfo,
} from '@payment-passkeys/protocol';
import { IssuerError } from './errors.ts';
import type { NetworkProfile, WireFields } from './profile.ts';
import { createProofCheck, type RefusedProof } from './proof-check.ts';

const sessionInfo = compileSchema(SrcSessionInitiationRequestInfo);
/** Of ids and tokens that the network gives; its launch URL may be longer. */
const MAX_ID_LENGTH = 255;
const MAX_URI_LENGTH = 4096;

/** The session at the network that a proof has to be of. */
export interface SessionOfProof {
  readonly clientSessionId: string;
  readonly authenticationSessionId: string;
}

export interface OpenedSession extends SessionOfProof {
  /** Where the browser is sent. */
  readonly uri: string;
}

export interface Network {
  /**
   * Opens a session under a `clientSessionId` of its own for each attempt: an answer that was lost may have opened one, which nobody has
   * the address of and which ends by itself. Throws IssuerError `INVALID_ENROLMENT` before anything is sent, or KitError `NETWORK_…`.
   */
  openSession(info: SrcSessionInitiationRequestInfo, context: CallContext): Promise<OpenedSession>;
  /**
   * Why a proof may not be taken to the network, undefined where it may: see `ProofPolicy`. Whether it was spent, the network says when it
   * binds. Throws KitError `NETWORK_…` when the keys cannot be had.
   */
  refuseProof(
    proofOfAuthentication: string,
    session: SessionOfProof,
    context: CallContext,
  ): Promise<RefusedProof | undefined>;
  /** Undefined when the network refuses the proof. The same call again answers the same ids, for 24 hours. Throws KitError `NETWORK_…`. */
  bind(
    proven: SessionOfProof & { readonly proofOfAuthentication: string },
    context: CallContext,
  ): Promise<{ readonly credentialId: string; readonly bindingId: string } | undefined>;
}

export interface NetworkOptions {
  readonly client: NetworkClient;
  readonly profile: NetworkProfile;
  readonly clientId: string;
  readonly clock: () => Date;
  readonly tracing: KitTracing;
  /** A new UUID at each call. */
  readonly newSessionId: () => string;
}

export function createNetwork(options: NetworkOptions): Network {
  const { client, profile, clientId, clock, tracing, newSessionId } = options;
  const { apiUrl, paths, fields, encryption } = profile;
  const cached = (url: string) => publishedKeys({ client, url, clock });
  const audience = { option: 'proof.audience', value: profile.proof.audience };
  const source = 'keySetUrl' in encryption.key && { client, url: encryption.key.keySetUrl, clock, audience };
  const encryptionKeys = source ? publishedKeys(source) : undefined;
  const refuseProof = createProofCheck({ policy: profile.proof, cached, clock });
  const handedOver = 'handedOver' in encryption.key ? [encryption.key.handedOver] : [];

  const post = createApiCalls({ client, tracing, apiUrl });

  const encrypt = (info: SrcSessionInitiationRequestInfo, keys: readonly PublishedKey[]): string => {
    const key = source ? chooseEncryptionKey(keys, source) : findEncryptionKey({ keys, now: clock() });
    if (key === undefined) {
      const message = `the certificate of the network's encryption key is not valid at ${clock().toISOString()}`;
      throw new IssuerError('INVALID_OPTIONS', message);
    }
    return encryptPayload({ payload: profile.shapeSessionInfo(info), key, encryption: encryption.content });
  };

  const postSession = async (
    info: SrcSessionInitiationRequestInfo,
    keys: readonly PublishedKey[],
    context: CallContext,
  ): Promise<OpenedSession> => {
    let clientSessionId = '';
    const buildBody = () => {
      clientSessionId = newSessionId();
      return {
        ...profile.sessionConstants,
        [fields.clientSessionId]: clientSessionId,
        [fields.authenticationReasons]: ['ACCOUNT_LOGIN'],
        [fields.srcSessionInitiationRequestInfo]: { [fields.encryptedData]: encrypt(info, keys) },
      };
    };
    const answer = await post({ path: paths.sessions, buildBody }, context);
    return readSession(answer, { clientId, clientSessionId, fields, pageOrigin: profile.pageOrigin });
  };

  return {
    async openSession(info, context) {
      checkInfo(info);
      if (encryptionKeys === undefined) return postSession(info, handedOver, context);
      return postSession(info, await encryptionKeys.current(context), context).catch(async (error: unknown) => {
        // The key was rotated since it was fetched. Nothing was opened, so a session may be asked for again, once.
        if (reasonOf(error) !== 'UNKNOWN_KEY_ID') throw error;
        return postSession(info, await encryptionKeys.refreshed(context), context);
      });
    },

    refuseProof: (proof, { clientSessionId }, context) => refuseProof(proof, clientSessionId, context),

    async bind({ authenticationSessionId, proofOfAuthentication }, context) {
      const body = {
        [fields.authenticationSessionId]: authenticationSessionId,
        [fields.proofOfAuthentication]: proofOfAuthentication,
      };
      try {
        const answer = await post({ path: paths.authenticators, buildBody: () => body }, context);
        const read = (name: string) => readText(answer, { name, maxLength: MAX_ID_LENGTH, api: 'Authenticators' });
        return { credentialId: read(fields.credentialId), bindingId: read(fields.bindingId) };
      } catch (error) {
        if (profile.proofRefusals.includes(reasonOf(error) ?? '')) return undefined;
        throw error;
      }
    },
  };
}

/** What the schema says and what stands beside it, so that a mistake of the bank's is found before a card number is sent. */
function checkInfo(info: SrcSessionInitiationRequestInfo): void {
  const faults = sessionInfo
    .violations(info)
    .map(({ pointer, problem }) => `${optionOf(pointer)}${pointer} ${problem}`);
  if (faults.length > 0) throw new IssuerError('INVALID_ENROLMENT', faults.join('; '));
  if (countAccounts(info.accountReferences) > MAX_ACCOUNTS) {
    throw new IssuerError('INVALID_ENROLMENT', `/accountReferences must be at most ${MAX_ACCOUNTS} in all`);
  }
  const missing = info.complianceSettings && missingComplianceType(info.complianceSettings);
  if (missing !== undefined) throw new IssuerError('INVALID_ENROLMENT', `complianceResources must hold ${missing}`);
}

/** Where `startEnrolment` calls a field otherwise than the wire does, its own name, to stand before the pointer. */
function optionOf(pointer: string): string {
  if (pointer.startsWith('/accountReferences')) return 'accounts: ';
  if (pointer.startsWith('/cardholderVerification')) return 'verification: ';
  return pointer.startsWith('/complianceSettings') ? 'complianceResources: ' : '';
}

function readSession(
  answer: unknown,
  expected: {
    readonly clientId: string;
    readonly clientSessionId: string;
    readonly fields: WireFields;
    readonly pageOrigin: string;
  },
): OpenedSession {
  const { clientId, clientSessionId, fields, pageOrigin } = expected;
  const read = (name: string, maxLength: number) => readText(answer, { name, maxLength, api: 'Sessions' });
  const authenticationSessionId = read(fields.authenticationSessionId, MAX_ID_LENGTH);
  const uri = read(fields.uri, MAX_URI_LENGTH);
  const answered = member(answer, fields.clientSessionId);
  if (answered !== undefined && String(answered).toLowerCase() !== clientSessionId) {
    throw invalidAnswer('Sessions answered for another clientSessionId');
  }
  // A browser goes where this says, with the cardholder's trust: nowhere but to the network.
  if (!URL.canParse(uri) || new URL(uri).origin !== pageOrigin) {
    throw invalidAnswer("the session's uri is not at the network's origin");
  }
  if ((new URL(uri).searchParams.get('clientId') ?? clientId) !== clientId) {
    throw invalidAnswer("the session's uri is of another clientId");
  }
  return { authenticationSessionId, clientSessionId, uri };
}

/** Any other field, and whatever a field holds beyond being text, is the network's business. */
function readText(
  answer: unknown,
  { name, maxLength, api }: { readonly name: string; readonly maxLength: number; readonly api: string },
): string {
  const value = member(answer, name);
  if (typeof value === 'string' && /^[\x20-\x7e]+$/.test(value) && value.length <= maxLength) return value;
  throw invalidAnswer(`${api}: /${name} must be text of at most ${maxLength} characters`);
}

function member(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>)[name] : undefined;
}

function invalidAnswer(message: string): KitError {
  return new KitError('NETWORK_ANSWER_INVALID', message);
}

function reasonOf(error: unknown): string | undefined {
  return error instanceof KitError ? error.refusal?.reason : undefined;
}
