/** The issuer kit's calls to the network: open a session, check a proof, bind a passkey. */
import {
  type BindingResult,
  type CallContext,
  checkLaunchUri,
  createNetworkCaller,
  type KitTracing,
  type LifecycleParts,
  type NetworkClient,
  publishedKeys,
  readText,
} from '@payment-passkeys/kit';
import {
  compileSchema,
  countAccounts,
  MAX_ACCOUNTS,
  missingComplianceType,
  SrcSessionInitiationRequestInfo,
} from '@payment-passkeys/protocol';
import { IssuerError } from '../errors.ts';
import type { NetworkProfile } from './profile.ts';
import { createProofCheck, type ProofVerdict } from './proof-check.ts';

const sessionInfo = compileSchema(SrcSessionInitiationRequestInfo);
/** The longest id and the longest launch URL that the network may answer. */
const MAX_ID_LENGTH = 255;
const MAX_URI_LENGTH = 4096;

/** The network's session that a proof must belong to. */
export interface SessionOfProof {
  readonly clientSessionId: string;
  readonly authenticationSessionId: string;
}

export interface OpenedSession extends SessionOfProof {
  /** The launch address. */
  readonly uri: string;
}

/** Each call rejects with KitError `NETWORK_…` or `SIGNER_UNAVAILABLE`. */
export interface Network {
  /** Opens a session. Throws IssuerError `INVALID_ENROLMENT` before anything is sent. */
  openSession(info: SrcSessionInitiationRequestInfo, context: CallContext): Promise<OpenedSession>;
  /** Whether a proof may be sent to the network: see `ProofPolicy`. Only the network can tell whether it was used before. */
  checkProof(proof: string, session: SessionOfProof, context: CallContext): Promise<ProofVerdict>;
  /** Binds the passkey. A repeated call returns the same ids for 24 hours. */
  bind(
    proven: SessionOfProof & { readonly proofOfAuthentication: string },
    context: CallContext,
  ): Promise<BindingResult>;
  /** The calls after the binding. They reject with IssuerError `CALL_NOT_OFFERED` if the profile does not have them. */
  readonly lifecycle: LifecycleParts['caller'];
  /** Throws IssuerError `CALL_NOT_OFFERED` if the profile does not have them. */
  checkLifecycle(): void;
}

export interface NetworkOptions {
  readonly client: NetworkClient;
  readonly profile: NetworkProfile;
  readonly clientId: string;
  readonly clock: () => Date;
  readonly tracing: KitTracing;
  /** Returns a new lower-case UUID at each call. */
  readonly newSessionId: () => string;
}

export function createNetwork(options: NetworkOptions): Network {
  const { client, profile, clientId, clock, tracing, newSessionId } = options;
  const { fields, pageOrigin } = profile;
  const audience = { option: 'proof.audience', value: profile.proof.audience };
  const caller = createNetworkCaller({ client, wire: profile, audience, clock, tracing, newSessionId });
  const cached = (url: string) => publishedKeys({ client, url, clock });
  const checkProof = createProofCheck({ policy: profile.proof, cached, clock });

  return {
    async openSession(info, context) {
      checkInfo(info);
      const { answer, clientSessionId } = await caller.openSession({ reason: 'ACCOUNT_LOGIN', info }, context);
      const read = (name: string, maxLength: number) => readText(answer, { name, maxLength, api: 'Sessions' });
      const authenticationSessionId = read(fields.authenticationSessionId, MAX_ID_LENGTH);
      const uri = read(fields.uri, MAX_URI_LENGTH);
      checkLaunchUri(uri, { pageOrigin, clientId, namesClient: 'MAYBE' });
      return { authenticationSessionId, clientSessionId, uri };
    },

    checkProof: (proof, { clientSessionId }, context) => checkProof(proof, clientSessionId, context),

    bind: ({ authenticationSessionId, proofOfAuthentication }, context) =>
      caller.bind({ authenticationSessionId, proofOfAuthentication }, context),

    lifecycle: {
      call: async (call, context) => {
        checkLifecycle(profile);
        return caller.call(call, context);
      },
      postEncrypted: async (call, context) => {
        checkLifecycle(profile);
        return caller.postEncrypted(call, context);
      },
    },
    checkLifecycle: () => checkLifecycle(profile),
  };
}

function checkLifecycle({ lifecycle }: NetworkProfile): void {
  if (lifecycle?.offered) return;
  const instead = lifecycle?.instead ?? 'ask the network for its own way';
  throw new IssuerError('CALL_NOT_OFFERED', `the network of this profile has no such call; ${instead}`);
}

/**
 * Checks the bank's input before a card number is sent: by the schema, and by the rules that a schema cannot express. Throws IssuerError
 * `INVALID_ENROLMENT`.
 */
export function checkInfo(info: SrcSessionInitiationRequestInfo): void {
  const violations = sessionInfo
    .violations(info)
    .map(({ pointer, problem }) => `${optionOf(pointer)}${pointer} ${problem}`);
  if (violations.length > 0) throw new IssuerError('INVALID_ENROLMENT', violations.join('; '));
  if (countAccounts(info.accountReferences) > MAX_ACCOUNTS) {
    throw new IssuerError('INVALID_ENROLMENT', `/accountReferences must be at most ${MAX_ACCOUNTS} in all`);
  }
  const missing = info.complianceSettings && missingComplianceType(info.complianceSettings);
  if (missing !== undefined) throw new IssuerError('INVALID_ENROLMENT', `complianceResources must hold ${missing}`);
}

/** The option of `startEnrolment` for a wire field with another name; it precedes the pointer in the message. */
function optionOf(pointer: string): string {
  if (pointer.startsWith('/accountReferences')) return 'accounts: ';
  if (pointer.startsWith('/cardholderVerification')) return 'verification: ';
  return pointer.startsWith('/complianceSettings') ? 'complianceResources: ' : '';
}
