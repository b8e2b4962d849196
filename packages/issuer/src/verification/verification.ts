/** The issuer's half of contract §11: the network asks whether a card is its cardholder's, and the bank answers, both by the browser. */
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

/** What {@link createVerification} needs. Every field is checked at construction. */
export interface VerificationOptions {
  /** The network's PUBLIC_URL. */
  readonly networkUrl: string;
  /** As onboarded. */
  readonly clientId: string;
  /** RSA private key (KeyObject or PEM) whose public half the bank was onboarded with as `verification.signingKey`. */
  readonly signingKey: KeyObject | string;
  /** … as `verification.encryptionKey`. Two while the bank rotates. */
  readonly decryptionKeys: readonly (KeyObject | string)[];
  /** The current time; the machine's by default. */
  readonly clock?: () => Date;
  readonly fetch?: Fetch;
  readonly timers?: Timers;
}

/** What the network asks. It holds a card number: for the bank's own look-up, never for a page or a log. */
export interface VerificationQuestion {
  /** The request's `jti`. */
  readonly requestId: string;
  /** Where the cardholder is adding the card. The network vouches for the name. */
  readonly merchantName: string;
  readonly account: VerificationAccount;
  /** Where the browser goes with the answer: the network's own. */
  readonly returnUri: string;
  /** Five minutes after it was asked. */
  readonly expiresAt: Date;
}

/** A question of the network: asked, or refused with the cause. */
export type ReceivedQuestion =
  | ({ readonly status: 'ASKED' } & VerificationQuestion)
  /**
   * `INVALID`: not the network's, not for this bank, or with an account that cannot be decrypted: there is nobody to answer.
   * `EXPIRED`: asked more than five minutes ago; the network takes no answer any more.
   */
  | { readonly status: 'REFUSED'; readonly because: 'INVALID' | 'EXPIRED' };

/** Receives the network's questions about cards of this bank, and builds the answers. */
export interface Verification {
  /**
   * Judges what the browser brought as `?request=`: signature by the network's published key, `iss`, `aud`, time, `returnUri` of the
   * network, and the account decrypted. Changes nothing, so it may be asked again on every page of the bank's way. Whether the card is
   * of the person who is signed in is the bank's to know. Throws IssuerError `NETWORK_…` where the network's keys cannot be had.
   */
  receive(request: string): Promise<ReceivedQuestion>;
  /**
   * The address to send the browser to with what the bank found. VERIFIED only for the cardholder of this very card, confirmed in the bank's
   * own way at most five minutes ago. The network takes one answer to a question, and only in the browser that left it.
   * After a form answer 200 and a `Refresh` header, not 303: a browser holds a form's redirects to the page's `form-action` up to their end,
   * and those of a refusal end at the shop, which the bank's policy does not name.
   * Throws IssuerError `INVALID_OPTIONS` for a question or an answer of another form, and ChannelError `CLAIMS_INVALID` for a `verifiedAt` that
   * the network would refuse.
   */
  answer(question: VerificationQuestion, answer: VerificationAnswer): Promise<string>;
  /** Closes the connections to the network. */
  close(): Promise<void>;
}

/** Checks its options (throws IssuerError `INVALID_OPTIONS`); sends nothing until the first question. */
export function createVerification(options: VerificationOptions): Verification {
  checkGiven(options, { name: 'createVerification', fields: VERIFICATION_OPTIONS });
  const { clientId, clock = () => new Date() } = options;
  const { networkUrl, signingKey, decryptionKeys } = readOptions(options);
  const client = createNetworkClient({
    consumerKey: clientId,
    signingKey: signingKey.key, // only what is published is fetched, unsigned
    signature: { dialect: 'RFC_5849', method: 'RSA-SHA256' },
    clock,
    timers: options.timers ?? systemTimers,
    random: Math.random,
    ...(options.fetch && { fetch: options.fetch }),
  });
  const published = publishedKeys({ client, url: signingKeysUrl(networkUrl), clock });

  const receive = async (request: string): Promise<ReceivedQuestion> => {
    // A browser brought it, or nothing.
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

/** By the name that the network finds its public half by. */
function namedKey(name: string, given: KeyObject | string): { readonly kid: string; readonly key: KeyObject } {
  try {
    const pem = typeof given === 'string' ? given : given.export({ type: 'pkcs8', format: 'pem' }).toString();
    const key = readPrivateKey(pem);
    return { kid: spkiFingerprint(createPublicKey(key)), key };
  } catch (cause) {
    throw new IssuerError('INVALID_OPTIONS', `${name} must be an RSA private key of 2048 bits or more`, { cause });
  }
}

const { aDate, aFunction, fields, listOf, oneOf, optional, text, withMethods } = rules;

const VERIFICATION_OPTIONS: rules.Rules = {
  networkUrl: text(),
  clientId: text(255),
  // Keys are named by who reads them.
  decryptionKeys: listOf(() => [], { min: 1 }),
  clock: optional(aFunction),
  fetch: optional(aFunction),
  timers: optional(withMethods('wait', 'timeout')),
};

const QUESTION: rules.Rules = {
  requestId: text(255),
  returnUri: rules.rule('must be an absolute address', (value) => typeof value === 'string' && URL.canParse(value)),
};

const ANSWER: rules.Rule = (answer, name) => {
  const violations = fields({ result: oneOf(['VERIFIED', 'REFUSED']) })(answer, name);
  const isVerified = violations.length === 0 && (answer as VerificationAnswer).result === 'VERIFIED';
  return isVerified ? fields({ method: oneOf(VERIFICATION_METHODS), verifiedAt: aDate })(answer, name) : violations;
};
