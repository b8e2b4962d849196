/** The requests of the collection, in the order in which they are run. */

export interface Step {
  readonly folder: string;
  readonly name: string;
  /** The document's `operationId`. */
  readonly operation: string;
  /** Who signs; undefined for an operation without a signature. */
  readonly party?: 'issuer' | 'merchant';
  /** The name of the document's example. */
  readonly example?: string;
  /** Builds the body of the request, from the example if there is one. Ids, times and names become variables. */
  readonly body?: (example: Example) => unknown;
  readonly status: number;
  /** Variables for later requests, as JavaScript expressions over `answer`. */
  readonly saves?: Readonly<Record<string, string>>;
}

/** An example's request, and what its `encryptedData` holds. */
export interface Example {
  readonly request: Readonly<Record<string, unknown>>;
  readonly plain: Readonly<Record<string, unknown>>;
}

const SESSION = { authenticationSessionId: 'answer.authenticationSessionId' };

/** The body that starts a session: with the object to encrypt, a new id and current times. */
const session = ({ request, plain }: Example): unknown => ({
  ...request,
  clientSessionId: '{{newId}}',
  srcSessionInitiationRequestInfo: {
    encryptedData: {
      ...plain,
      ...('cardholderVerification' in plain && {
        cardholderVerification: { method: 'ISSUER_LOGIN', verifiedAt: '{{now}}' },
      }),
      ...('consent' in plain && { consent: { country: 'US', language: 'en', acceptedAt: '{{now}}' } }),
    },
  },
});

/** The body that starts a payment: with a name and an origin of the merchant's registration. */
const payment = ({ request, plain }: Example): unknown =>
  session({
    request,
    plain: {
      ...plain,
      transaction: {
        ...(plain.transaction as object), // of the example
        merchantName: '{{merchantName}}',
        merchantOrigin: '{{merchantOrigin}}',
        orderId: '{{newId}}',
      },
    },
  });

const encrypted = ({ request, plain }: Example): unknown => ({ ...request, encryptedData: plain });

export const STEPS: readonly Step[] = [
  { folder: 'Published', name: 'Keys to encrypt to', operation: 'readEncryptionKeys', status: 200 },
  { folder: 'Published', name: 'Keys that verify proofs', operation: 'readProofKeys', status: 200 },
  { folder: 'Published', name: 'Keys that verify events', operation: 'readWebhookKeys', status: 200 },
  {
    folder: 'Issuer',
    name: 'Start an enrolment',
    operation: 'startSession',
    party: 'issuer',
    example: 'enrolment',
    body: session,
    status: 201,
    saves: { ...SESSION, launchUri: 'answer.uri' },
  },
  {
    folder: 'Issuer',
    name: 'A cardholder creates a passkey, without a browser',
    operation: 'actAsCardholder',
    body: () => ({ uri: '{{launchUri}}', do: 'CREATE' }),
    status: 200,
    saves: { proof: 'decodeURIComponent(/[?&]proofOfAuthentication=([^&]+)/.exec(answer.redirect)[1])' },
  },
  {
    folder: 'Issuer',
    name: 'Bind the passkey',
    operation: 'bindPasskey',
    party: 'issuer',
    body: () => ({ authenticationSessionId: '{{authenticationSessionId}}', proofOfAuthentication: '{{proof}}' }),
    status: 201,
  },
  { folder: 'Issuer', name: 'Read the session', operation: 'readSession', party: 'issuer', status: 200 },
  {
    folder: 'Issuer',
    name: 'Search bindings of a card',
    operation: 'searchBindings',
    party: 'issuer',
    example: 'by-account',
    body: encrypted,
    status: 200,
  },
  {
    folder: 'Issuer',
    name: 'Suspend the bindings of a card',
    operation: 'updateBindingStatus',
    party: 'issuer',
    example: 'by-account',
    body: encrypted,
    status: 200,
  },
  {
    folder: 'Issuer',
    name: 'Resume them',
    operation: 'updateBindingStatus',
    party: 'issuer',
    example: 'resumed',
    body: encrypted,
    status: 200,
  },
  { folder: 'Issuer', name: 'Pull events', operation: 'pullEvents', party: 'issuer', status: 200 },
  {
    folder: 'Merchant',
    name: 'Save a card',
    operation: 'startSession',
    party: 'merchant',
    example: 'card-at-a-shop',
    body: session,
    status: 201,
    saves: SESSION,
  },
  { folder: 'Merchant', name: 'Read the session', operation: 'readSession', party: 'merchant', status: 200 },
  {
    folder: 'Merchant',
    name: 'Start a payment',
    operation: 'startSession',
    party: 'merchant',
    example: 'payment-at-the-shop',
    body: payment,
    status: 201,
    saves: SESSION,
  },
  { folder: 'Merchant', name: 'Pull events', operation: 'pullEvents', party: 'merchant', status: 200 },
];
