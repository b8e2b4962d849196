/**
 * The issuer's part of contract §11: the network asks whether a card is its cardholder's, and the bank answers; both messages go through
 * the browser.
 */
import type { KeyObject } from 'node:crypto';
import { createPublicKey } from 'node:crypto';
import {
  buildDecryptionKey,
  type DecryptionKey,
  decryptVerificationAccount,
  issueVerificationResponse,
  readPrivateKey,
  spkiFingerprint,
  type VerificationAnswer,
  verifyVerificationRequest,
} from '@payment-passkeys/channel';
import {
  createNetworkClient,
  type Fetch,
  publishedKeys,
  readBaseAddress,
  rules,
  signingKeysOf,
  signingKeysUrl,
  systemTimers,
  type Timers,
} from '@payment-passkeys/kit';
import {
  VERIFICATION_METHODS,
  VERIFICATION_PATH,
  VERIFICATION_RESPONSE_PARAMETER,
  type VerificationAccount,
  type VerificationRequestClaims,
} from '@payment-passkeys/protocol';
import { checkGiven, guard, guardAsync, IssuerError } from '../errors.ts';

const DEADLINE_MILLISECONDS = 10_000;

/** The options of {@link createVerification}. Every field is checked at construction. */
export interface VerificationOptions {
  /** The network's PUBLIC_URL. */
  readonly networkUrl: string;
  /** From onboarding. */
  readonly clientId: string;
  /** RSA private key (KeyObject or PEM). Onboarding registered its public half as `verification.signingKey`. */
  readonly signingKey: KeyObject | string;
  /** RSA private keys (KeyObject or PEM). Onboarding registered the public half as `verification.encryptionKey`. Two during a rotation. */
  readonly decryptionKeys: readonly (KeyObject | string)[];
  /** The current time; the machine's by default. */
  readonly clock?: () => Date;
  readonly fetch?: Fetch;
  readonly timers?: Timers;
}

/** A question of the network. It holds a card number, for the bank's own look-up: never show or log it. */
export interface VerificationQuestion {
  /** The request's `jti`. */
  readonly requestId: string;
  /** The name of the shop in which the cardholder is adding the card. The network guarantees it. */
  readonly merchantName: string;
  readonly account: VerificationAccount;
  /** The network's address that the browser takes the answer to. */
  readonly returnUri: string;
  /** Five minutes after the question. */
  readonly expiresAt: Date;
}

/** A received question: valid, or refused with the cause. */
export type ReceivedQuestion =
  | ({ readonly status: 'ASKED' } & VerificationQuestion)
  /**
   * `INVALID`: not the network's, not for this bank, or with an account that cannot be decrypted; an answer is not possible. `EXPIRED`:
   * asked more than five minutes ago; the network accepts no answer any more.
   */
  | { readonly status: 'REFUSED'; readonly because: 'INVALID' | 'EXPIRED' };

/** Receives the network's questions about cards of this bank, and builds the answers. */
export interface Verification {
  /**
   * Checks the browser's `?request=`: signature by the network's published key, `iss`, `aud`, time, and `returnUri` of the network;
   * decrypts the account. Changes nothing, so each page of the bank may call it again. The bank must check that the card belongs to the
   * person who is signed in. Throws IssuerError `NETWORK_…` if the network's keys cannot be fetched.
   */
  receive(request: string): Promise<ReceivedQuestion>;
  /**
   * Returns the address to send the browser to, with the bank's result. Answer VERIFIED only for the cardholder of exactly this card,
   * confirmed in the bank's own way at most five minutes ago. The network accepts one answer to a question, and only from the browser that
   * brought it. After a form, answer 200 and a `Refresh` header instead of 303: a browser applies the page's `form-action` to every
   * redirect of a form, and a refusal's redirects end at the shop, which the bank's policy does not name. Throws IssuerError
   * `INVALID_OPTIONS` for a malformed question or answer, and ChannelError `CLAIMS_INVALID` for a `verifiedAt` that the network would
   * refuse.
   */
  answer(question: VerificationQuestion, answer: VerificationAnswer): Promise<string>;
  /** Closes the connections to the network. */
  close(): Promise<void>;
}

/** Throws IssuerError `INVALID_OPTIONS` for wrong options. Sends nothing until the first question. */
export function createVerification(options: VerificationOptions): Verification {
  checkGiven(options, { name: 'createVerification', fields: VERIFICATION_OPTIONS });
  const { clientId, clock = () => new Date() } = options;
  const { networkUrl, signingKey, decryptionKeys } = readOptions(options);
  const client = createNetworkClient({
    consumerKey: clientId,
    signingKey: signingKey.key, // used for no request: the public keys are fetched unsigned
    signature: { dialect: 'RFC_5849', method: 'RSA-SHA256' },
    clock,
    timers: options.timers ?? systemTimers,
    random: Math.random,
    ...(options.fetch && { fetch: options.fetch }),
  });
  const published = publishedKeys({ client, url: signingKeysUrl(networkUrl), clock });

  const receive = async (request: string): Promise<ReceivedQuestion> => {
    // The request comes from a browser, so it may be missing.
    if (typeof request !== 'string') return refused('INVALID');
    const now = clock();
    const keys = signingKeysOf(published, { deadline: new Date(now.getTime() + DEADLINE_MILLISECONDS) });
    const verdict = await verifyVerificationRequest({ request, keys, issuer: networkUrl, audience: clientId, now });
    if (!verdict.ok) return refused(verdict.code === 'REQUEST_EXPIRED' ? 'EXPIRED' : 'INVALID');
    const { claims } = verdict;
    if (!isNetworks(claims.returnUri, networkUrl)) return refused('INVALID');
    const account = await decryptVerificationAccount({
      encryptedAccount: claims.encryptedAccount,
      keys: decryptionKeys,
    });
    if (account === undefined || !account.primaryAccountNumber.endsWith(claims.lastFour)) return refused('INVALID');
    return { status: 'ASKED', ...questionOf(claims), account };
  };

  return {
    receive: (request) => guardAsync(() => receive(request)),

    async answer(question, answer) {
      checkGiven(question, { name: 'answer', fields: QUESTION });
      checkGiven({ answer }, { name: 'answer', fields: { answer: ANSWER } });
      const { requestId, returnUri } = question;
      const response = await issueVerificationResponse({
        issuer: clientId,
        audience: networkUrl,
        inResponseTo: requestId,
        answer,
        key: { kid: signingKey.kid, privateKey: signingKey.key },
        now: clock(),
      });
      const address = new URL(returnUri);
      address.searchParams.set(VERIFICATION_RESPONSE_PARAMETER, response);
      return address.href;
    },

    close: () => client.close(),
  };
}

function questionOf({ jti, merchantName, returnUri, exp }: VerificationRequestClaims) {
  return { requestId: jti, merchantName, returnUri, expiresAt: new Date(exp * 1000) };
}

function isNetworks(returnUri: string, networkUrl: string): boolean {
  if (!URL.canParse(returnUri)) return false;
  const url = new URL(returnUri);
  return url.origin === new URL(networkUrl).origin && url.pathname === VERIFICATION_PATH;
}

function refused(because: 'INVALID' | 'EXPIRED'): ReceivedQuestion {
  return { status: 'REFUSED', because };
}

interface ReadOptions {
  readonly networkUrl: string;
  readonly signingKey: { readonly kid: string; readonly key: KeyObject };
  readonly decryptionKeys: readonly DecryptionKey[];
}

function readOptions({ networkUrl, signingKey, decryptionKeys }: VerificationOptions): ReadOptions {
  return {
    networkUrl: guard(() => readBaseAddress('networkUrl', networkUrl)),
    signingKey: namedKey('signingKey', signingKey),
    decryptionKeys: decryptionKeys.map((each, at) => {
      const { kid, key } = namedKey(`decryptionKeys[${at}]`, each);
      return buildDecryptionKey({ kid, privateKey: key });
    }),
  };
}

/** The key with the `kid` by which the network finds its public half. */
function namedKey(name: string, given: KeyObject | string): { readonly kid: string; readonly key: KeyObject } {
  try {
    const pem = typeof given === 'string' ? given : given.export({ type: 'pkcs8', format: 'pem' }).toString();
    const key = readPrivateKey(pem);
    return { kid: spkiFingerprint(createPublicKey(key)), key };
  } catch (cause) {
    throw new IssuerError('INVALID_OPTIONS', `${name} must be an RSA private key of 2048 bits or more`, { cause });
  }
}

const { aDate, aFunction, anAddress, fields, listOf, oneOf, optional, text, withMethods } = rules;

const VERIFICATION_OPTIONS: rules.Rules = {
  networkUrl: text(),
  clientId: text(255),
  // The functions that read the keys check them and name them in errors.
  decryptionKeys: listOf(() => [], { min: 1 }),
  clock: optional(aFunction),
  fetch: optional(aFunction),
  timers: optional(withMethods('wait', 'timeout')),
};

const QUESTION: rules.Rules = {
  requestId: text(255),
  returnUri: anAddress,
};

const ANSWER: rules.Rule = (answer, name) => {
  const violations = fields({ result: oneOf(['VERIFIED', 'REFUSED']) })(answer, name);
  const isVerified = violations.length === 0 && (answer as VerificationAnswer).result === 'VERIFIED';
  return isVerified ? fields({ method: oneOf(VERIFICATION_METHODS), verifiedAt: aDate })(answer, name) : violations;
};
