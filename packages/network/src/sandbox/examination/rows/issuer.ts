/** The rows of an issuer's examination, in the order in which sessions meet them. */
import { REASONS, type Reason } from '@payment-passkeys/protocol';
import { eventRows } from './events.ts';
import { playReason } from './reasons.ts';
import type { Expectation, Play, Row } from './row.ts';

const created = { do: 'CREATE', device: 'NEW', returns: 'ONCE' } as const;
const used = { do: 'USE', device: 'SAME', returns: 'ONCE' } as const;

const NO_CALL =
  'Show the cardholder what happened and let them try again. Do not call Authenticators: there is no proof.';

/** The reasons that only one of the two scenarios has (contract §3). */
const ONLY_CREATE: readonly Reason[] = ['DUPLICATE_CREDENTIALS', 'CREDENTIALS_CREATION_NOT_ALLOWED'];
const ONLY_USE: readonly Reason[] = ['CREDENTIALS_NOT_VERIFIED'];

/** A row for each reason of 2A (a passkey is created) or 2B (one is used). */
function reasonRows(scenario: 'CREATE' | 'USE'): readonly Row[] {
  const others = scenario === 'CREATE' ? ONLY_USE : ONLY_CREATE;
  return REASONS.filter((reason) => !others.includes(reason)).map((reason) => ({
    ...playReason(reason, scenario === 'CREATE' ? created : used),
    id: `${scenario.toLowerCase()}-${reason.toLowerCase().replaceAll('_', '-')}`,
    role: 'ISSUER',
    scenario,
    right: NO_CALL,
    contract: '§3',
    expects: 'BINDS_NOTHING',
  }));
}

interface IssuerRow extends Pick<Row, 'id' | 'played' | 'right' | 'contract'> {
  readonly play?: Play;
  readonly expects: Expectation;
  readonly cardholder?: Row['cardholder'];
  readonly scenario?: NonNullable<Row['scenario']>;
}

const row = (given: IssuerRow): Row => ({
  role: 'ISSUER',
  cardholder: used,
  play: { kind: 'NOTHING' },
  ...given,
});

/** All rows of issuers. The first row creates the passkey of the device SAME. The last row can be judged without another session. */
export const ISSUER_ROWS: readonly Row[] = [
  row({
    id: 'create-enrolled',
    played: 'The cardholder creates a passkey and returns with a proof.',
    right: 'Verify the proof and call Authenticators with it, once.',
    contract: '§5',
    cardholder: { do: 'CREATE', device: 'SAME', returns: 'ONCE' },
    scenario: 'CREATE',
    expects: 'BINDS_ONCE',
  }),
  row({
    id: 'use-enrolled',
    played: 'The cardholder uses the passkey of the device and returns with a proof.',
    right: 'As for a new passkey: verify the proof and call Authenticators with it, once.',
    contract: '§5',
    scenario: 'USE',
    expects: 'BINDS_ONCE',
  }),
  ...reasonRows('CREATE'),
  ...reasonRows('USE'),
  row({
    id: 'proof-forged',
    played: 'The return has a proof that is signed by another key than the network’s.',
    right: 'Verify the signature by /.well-known/jwks.json. Do not call Authenticators, and do not show a success.',
    contract: '§4',
    scenario: 'USE',
    play: { kind: 'PROOF', proof: 'FORGED' },
    expects: 'BINDS_NOTHING',
  }),
  row({
    id: 'proof-other-session',
    played: 'The return has a genuine proof of another session.',
    right:
      'Compare the proof’s clientSessionId with the session that this browser started. Do not call Authenticators.',
    contract: '§4',
    scenario: 'USE',
    play: { kind: 'PROOF', proof: 'OTHER_SESSION' },
    expects: 'BINDS_NOTHING',
  }),
  row({
    id: 'proof-expired',
    played: 'The return has a genuine proof of this session whose time is up.',
    right: 'Check the proof’s exp. Do not call Authenticators.',
    contract: '§4',
    scenario: 'USE',
    play: { kind: 'PROOF', proof: 'EXPIRED' },
    expects: 'BINDS_NOTHING',
  }),
  row({
    id: 'callback-twice',
    played: 'The cardholder loads the page of the return a second time.',
    right: 'Answer the second return from your own record. Do not call Authenticators again.',
    contract: '§3',
    cardholder: { ...used, returns: 'TWICE' },
    scenario: 'USE',
    expects: 'BINDS_ONCE',
  }),
  row({
    id: 'callback-other-browser',
    played:
      'The return with a good proof arrives in another browser than the one that left. The cardholder returns with USER_CANCELLATION.',
    right: 'A return without the cookie of the browser that left changes nothing. Do not call Authenticators.',
    contract: '§3',
    scenario: 'USE',
    play: { kind: 'STRAY_CALLBACK', from: 'OTHER_BROWSER' },
    expects: 'BINDS_NOTHING',
  }),
  row({
    id: 'callback-unknown-session',
    played: 'A return arrives for a session that nobody started. The cardholder returns with USER_CANCELLATION.',
    right: 'A return to no known session changes nothing. Do not call Authenticators.',
    contract: '§3',
    scenario: 'USE',
    play: { kind: 'STRAY_CALLBACK', from: 'UNKNOWN_SESSION' },
    expects: 'BINDS_NOTHING',
  }),
  row({
    id: 'authenticators-lost',
    played:
      'The network binds the passkey, but its answer does not arrive: the connection ends. The cardholder reloads the return.',
    right: 'Call Authenticators again with the same proof: the answer is the same for 24 hours.',
    contract: '§5',
    cardholder: { ...used, returns: 'TWICE' },
    scenario: 'USE',
    play: { kind: 'BINDING_ANSWER', answer: 'LOST' },
    expects: 'ASKS_AGAIN',
  }),
  row({
    id: 'authenticators-slow',
    played: 'Authenticators answers after three seconds.',
    right: 'Wait for the answer, or call again with the same proof.',
    contract: '§5',
    scenario: 'USE',
    play: { kind: 'BINDING_ANSWER', answer: 'SLOW' },
    expects: 'ASKS_AGAIN',
  }),
  row({
    id: 'authenticators-unavailable',
    played: 'Authenticators answers 503 twice, with Retry-After. The cardholder reloads the return.',
    right: 'Call again with the same proof, not before Retry-After.',
    contract: '§7',
    cardholder: { ...used, returns: 'TWICE' },
    scenario: 'USE',
    play: { kind: 'BINDING_ANSWER', answer: 'UNAVAILABLE' },
    expects: 'ASKS_AGAIN',
  }),
  row({
    id: 'authenticators-garbage',
    played: 'Authenticators answers 201 with a body that is not JSON. The cardholder reloads the return.',
    right: 'Without a credentialId and a bindingId nothing is done yet. Call again with the same proof.',
    contract: '§5',
    cardholder: { ...used, returns: 'TWICE' },
    scenario: 'USE',
    play: { kind: 'BINDING_ANSWER', answer: 'GARBAGE' },
    expects: 'ASKS_AGAIN',
  }),
  row({
    id: 'authenticators-refused',
    played: 'Authenticators answers 400 PROOF_INVALID.',
    right: 'A 400 is an answer: do not call again with the same proof, and do not show a success.',
    contract: '§7',
    scenario: 'USE',
    play: { kind: 'BINDING_ANSWER', answer: 'REFUSED' },
    expects: 'TAKES_REFUSAL',
  }),
  ...eventRows('ISSUER'),
];
