/**
 * The calls that both kits make: open a session, and bind a passkey. Names and algorithms on the wire come from the {@link WireProfile}.
 */
import { encryptPayload, findEncryptionKey, type PublishedKey } from '@payment-passkeys/channel';
import { KitError } from '../kit-error.ts';
import type { KitTracing } from '../tracing/tracing.ts';
import { type ApiCall, createApiCalls } from './api-call.ts';
import type { CallContext, NetworkClient } from './network-client.ts';
import { chooseEncryptionKey, publishedKeys } from './published-keys.ts';
import type { WireProfile } from './wire-profile.ts';

/** Ids and tokens of the network have at most this many characters. */
const MAX_ID_LENGTH = 255;

export interface NetworkCallerOptions<Info> {
  readonly client: NetworkClient;
  readonly wire: WireProfile<Info>;
  /** The audience of proofs that the host configured, and the option's name; see KeySetSource. */
  readonly audience: { readonly option: string; readonly value: string };
  readonly clock: () => Date;
  readonly tracing: KitTracing;
  /** Returns a new lower-case UUID at each call. */
  readonly newSessionId: () => string;
}

export type BindingResult =
  | { readonly ok: true; readonly credentialId: string; readonly bindingId: string }
  /** The network refused the proof, with this reason. */
  | { readonly ok: false; readonly code: string };

/** Each call rejects with KitError `NETWORK_…` or `SIGNER_UNAVAILABLE`. */
export interface NetworkCaller<Info> {
  /**
   * Opens a session, with a new `clientSessionId` for each attempt. If an answer is lost, its session stays unused and expires. In the
   * answer only the `clientSessionId` is checked. Rejects as {@link NetworkCaller.postEncrypted} does.
   */
  openSession(
    session: {
      readonly reason: string;
      readonly info: Info;
      /** The merchant that a payment service provider acts for. */
      readonly merchantId?: string | undefined;
    },
    context: CallContext,
  ): Promise<{ readonly answer: unknown; readonly clientSessionId: string }>;
  /** Binds a passkey. A repeated call returns the same ids for 24 hours. */
  bind(
    proven: { readonly authenticationSessionId: string; readonly proofOfAuthentication: string },
    context: CallContext,
  ): Promise<BindingResult>;
  /** Any other signed call. */
  call(call: ApiCall, context: CallContext): Promise<unknown>;
  /**
   * A signed POST with an encrypted payload. It is encrypted anew for each attempt. Fetches the encryption key once more if the network no
   * longer has it. Rejects with KitError `INVALID_OPTIONS` when the certificate of a key from onboarding is not valid now.
   */
  postEncrypted(call: EncryptedCall, context: CallContext): Promise<unknown>;
}

export interface EncryptedCall {
  readonly path: string;
  readonly payload: unknown;
  /** The body that holds the payload as a compact JWE. */
  readonly buildBody: (encryptedData: string) => unknown;
}

export function createNetworkCaller<Info>(options: NetworkCallerOptions<Info>): NetworkCaller<Info> {
  const { client, wire, audience, clock, tracing, newSessionId } = options;
  const { apiUrl, paths, fields, encryption } = wire;
  const source = 'keySetUrl' in encryption.key && { client, url: encryption.key.keySetUrl, clock, audience };
  const encryptionKeys = source ? publishedKeys(source) : undefined;
  const handedOver = 'handedOver' in encryption.key ? [encryption.key.handedOver] : [];
  const call = createApiCalls({ client, tracing, apiUrl });

  const encrypt = (payload: unknown, keys: readonly PublishedKey[]): string => {
    const key = source ? chooseEncryptionKey(keys, source) : findEncryptionKey({ keys, now: clock() });
    if (key === undefined) {
      const message = `the certificate of the network's encryption key is not valid at ${clock().toISOString()}`;
      throw new KitError('INVALID_OPTIONS', message);
    }
    return encryptPayload({ payload, key, encryption: encryption.content });
  };

  const postEncrypted = async ({ path, payload, buildBody }: EncryptedCall, context: CallContext): Promise<unknown> => {
    const post = (keys: readonly PublishedKey[]) =>
      call({ path, buildBody: () => buildBody(encrypt(payload, keys)) }, context);
    if (encryptionKeys === undefined) return post(handedOver);
    return post(await encryptionKeys.current(context)).catch(async (error: unknown) => {
      // The key was rotated after it was fetched. The network did nothing, so another request is safe.
      if (reasonOf(error) !== 'UNKNOWN_KEY_ID') throw error;
      return post(await encryptionKeys.refreshed(context));
    });
  };

  return {
    call,
    postEncrypted,

    async openSession({ reason, info, merchantId }, context) {
      let clientSessionId = '';
      const buildBody = (encryptedData: string) => {
        clientSessionId = newSessionId();
        return {
          ...wire.sessionConstants,
          [fields.clientSessionId]: clientSessionId,
          [fields.authenticationReasons]: [reason],
          ...(merchantId !== undefined && { merchantId }),
          [fields.srcSessionInitiationRequestInfo]: { [fields.encryptedData]: encryptedData },
        };
      };
      const payload = wire.shapeSessionInfo(info);
      const answer = await postEncrypted({ path: paths.sessions, payload, buildBody }, context);
      const answered = memberOf(answer, fields.clientSessionId);
      if (answered !== undefined && String(answered).toLowerCase() !== clientSessionId) {
        throw invalidAnswer('Sessions answered for another clientSessionId');
      }
      return { answer, clientSessionId };
    },

    async bind({ authenticationSessionId, proofOfAuthentication }, context) {
      const body = {
        [fields.authenticationSessionId]: authenticationSessionId,
        [fields.proofOfAuthentication]: proofOfAuthentication,
      };
      try {
        const answer = await call({ path: paths.authenticators, buildBody: () => body }, context);
        const read = (name: string) => readText(answer, { name, maxLength: MAX_ID_LENGTH, api: 'Authenticators' });
        return { ok: true, credentialId: read(fields.credentialId), bindingId: read(fields.bindingId) };
      } catch (error) {
        const code = reasonOf(error);
        if (code !== undefined && wire.proofRefusals.includes(code)) return { ok: false, code };
        throw error;
      }
    },
  };
}

/**
 * Checks the launch address: it must be at the network's origin and name this client, because the cardholder's browser follows it. Throws
 * KitError `NETWORK_ANSWER_INVALID`.
 */
export function checkLaunchUri(
  uri: string,
  expected: {
    readonly pageOrigin: string;
    readonly clientId: string;
    /** `ALWAYS`: an address without a `clientId` is refused as well. */
    readonly namesClient: 'ALWAYS' | 'MAYBE';
  },
): void {
  const url = URL.canParse(uri) ? new URL(uri) : undefined;
  if (url?.origin !== expected.pageOrigin) throw invalidAnswer("the session's uri is not at the network's origin");
  const named = url.searchParams.get('clientId');
  if (named !== expected.clientId && !(named === null && expected.namesClient === 'MAYBE')) {
    throw invalidAnswer("the session's uri is of another clientId");
  }
}

/** A field of an answer: printable ASCII of 1 to `maxLength` characters. Throws KitError `NETWORK_ANSWER_INVALID`. */
export function readText(
  answer: unknown,
  { name, maxLength, api }: { readonly name: string; readonly maxLength: number; readonly api: string },
): string {
  const value = memberOf(answer, name);
  if (typeof value === 'string' && /^[\x20-\x7e]+$/.test(value) && value.length <= maxLength) return value;
  throw invalidAnswer(`${api}: /${name} must be text of at most ${maxLength} characters`);
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>)[name] : undefined;
}

/** The error for an answer that does not follow the contract. */
export function invalidAnswer(message: string): KitError {
  return new KitError('NETWORK_ANSWER_INVALID', message);
}

/** The most precise reason of a refusal by the network; undefined for any other error. */
export function reasonOf(error: unknown): string | undefined {
  return error instanceof KitError ? error.refusal?.reason : undefined;
}
