/** The part of a network double that answers the calls after the binding: sessions, bindings, accounts, events. */
import { randomBytes } from 'node:crypto';
import {
  ACCOUNT_REPLACEMENTS_PATH,
  type Actor,
  BINDING_SEARCHES_PATH,
  BINDING_STATUS_UPDATES_PATH,
  type BindingAction,
  type BindingReport,
  type BindingState,
  type ReplacementInfo,
  SESSIONS_PATH,
  type SessionReport,
  type StatusUpdateInfo,
} from '@payment-passkeys/protocol';
import type { AccountReference } from '../lifecycle/account.ts';
import { createEventDouble, type EventControls, type EventDouble } from './event-double.ts';
import {
  buildRefusal,
  type DoubleAnswer,
  type DoubleParts,
  type SessionOfDouble,
  type SignedCallOfDouble,
} from './network-double.ts';

/** A binding to put into the double. */
export interface BindingToHold extends Partial<Omit<BindingReport, 'status' | 'suspendedBy'>> {
  /** PENDING_ACTIVATION: it waits for the issuer. ACTIVE if absent. */
  readonly status?: 'ACTIVE' | 'PENDING_ACTIVATION';
  /** A search for one of these accounts finds the binding. */
  readonly accounts: readonly AccountReference[];
}

/** The controls for the calls after the binding. */
export interface LifecycleControls extends EventControls {
  /** Every binding, as a search by its id answers it, in the order in which they were added. */
  readonly heldBindings: readonly BindingReport[];
  /** Adds a binding, with a value for each member that is left out. */
  holdBinding(binding: BindingToHold): BindingReport;
  /** Suspends, resumes, deletes or activates in the name of another party. */
  changeBinding(change: { readonly bindingId: string; readonly action: BindingAction; readonly by: Actor }): void;
  /** Sets what the double reports about a session, except ids and times; the state is `created` until a test sets another. */
  reportSession(authenticationSessionId: string, report: Partial<SessionReport>): void;
}

export interface LifecycleDouble {
  readonly controls: LifecycleControls;
  /** See {@link startDouble}. */
  readonly answerPublic: EventDouble['answerPublic'];
  /** The answer; undefined for another path. */
  answer(call: SignedCallOfDouble, parts: DoubleParts<unknown>): Promise<DoubleAnswer | undefined>;
}

interface Held {
  readonly report: BindingReport;
  readonly accounts: readonly AccountReference[];
}

export function createLifecycleDouble({
  role,
  clock,
  sessions,
}: {
  readonly role: 'issuer' | 'merchant';
  readonly clock: () => Date;
  readonly sessions: readonly SessionOfDouble<unknown>[];
}): LifecycleDouble {
  const events = createEventDouble({ clock });
  const held = new Map<string, Held>();
  const heldBindings: BindingReport[] = [];
  const hold = (report: BindingReport, accounts: readonly AccountReference[]) => {
    held.set(report.bindingId, { report, accounts });
    heldBindings.splice(0, heldBindings.length, ...[...held.values()].map((each) => each.report));
  };
  const reports = new Map<string, Partial<SessionReport>>();
  /** How many bindings each replacement has moved: the same one again gets the same number. */
  const moved = new Map<string, number>();
  const actor: Actor = role === 'issuer' ? 'ISSUER' : 'MERCHANT';
  const openedAt = clock();

  const change = ({ report, accounts }: Held, action: BindingAction, by: Actor): BindingState => {
    const others = report.suspendedBy.filter((each) => each !== by);
    const kept = action === 'ACTIVATE' ? report.suspendedBy : others;
    const suspendedBy = action === 'SUSPEND' ? [...others, by] : kept;
    const status = statusAfter(action, report.status, suspendedBy);
    const accountTypes = status === 'DELETED' ? [] : report.accountTypes;
    const changed = { ...report, status, suspendedBy, accountTypes } as const;
    hold(changed, accounts);
    return { bindingId: report.bindingId, status, suspendedBy };
  };

  const find = (by: Partial<Pick<BindingReport, 'bindingId' | 'credentialId'>>, account?: AccountReference) =>
    [...held.values()].filter(({ report, accounts }) => {
      const isOf = account === undefined || accounts.some((each) => isSame(each, account));
      const ids = [by.bindingId ?? report.bindingId, by.credentialId ?? report.credentialId];
      return isOf && ids[0] === report.bindingId && ids[1] === report.credentialId;
    });

  /** The bindings that a call is about: by its ids in clear, or by the account and the ids that it has encrypted. */
  const readTarget = async ({ body }: SignedCallOfDouble, parts: DoubleParts<unknown>) => {
    if (body.encryptedData === undefined) return { ok: true, target: find(body) } as const;
    const decryption = await parts.decrypt(body.encryptedData);
    if (!decryption.ok) return decryption;
    const { accountReference, ...ids } = decryption.content as StatusUpdateInfo; // the kit under test encrypted it
    return { ok: true, target: find(ids, accountReference as AccountReference) } as const;
  };

  const search = async (call: SignedCallOfDouble, parts: DoubleParts<unknown>): Promise<DoubleAnswer> => {
    const read = await readTarget(call, parts);
    if (!read.ok) return read.answer;
    const isByAccount = call.body.encryptedData !== undefined;
    const found = read.target.filter(({ report }) => !isByAccount || report.status !== 'DELETED');
    const bindings = found.map(({ report }) => report);
    return { status: 200, body: { bindings, srcCorrelationId: 'correlation-1' } };
  };

  const update = async (call: SignedCallOfDouble, parts: DoubleParts<unknown>): Promise<DoubleAnswer> => {
    const read = await readTarget(call, parts);
    if (!read.ok) return read.answer;
    const action = call.body.action as BindingAction;
    if (action === 'ACTIVATE' && role === 'merchant') return buildRefusal('ACTION_NOT_ALLOWED', '/action');
    const isByAccount = call.body.encryptedData !== undefined;
    const target = read.target.filter(
      ({ report }) => action === 'DELETE' || !isByAccount || report.status !== 'DELETED',
    );
    if (target.length === 0) return buildRefusal('BINDING_NOT_FOUND', '/bindingId');
    if (action !== 'DELETE' && target.some(({ report }) => report.status === 'DELETED')) {
      return buildRefusal('BINDING_DELETED', '/bindingId');
    }
    return { status: 200, body: { bindings: target.map((each) => change(each, action, actor)) } };
  };

  const replace = async ({ body }: SignedCallOfDouble, parts: DoubleParts<unknown>): Promise<DoubleAnswer> => {
    const decryption = await parts.decrypt(body.encryptedData);
    if (!decryption.ok) return decryption.answer;
    const { from, to } = decryption.content as ReplacementInfo; // the kit under test encrypted it
    const card = { primaryAccountNumber: to.primaryAccountNumber };
    const found = find({}, from);
    for (const { report, accounts } of found) {
      const replaced = accounts.map((each) => (isSame(each, from) ? card : each));
      const ofShop = report.panLastFour !== undefined && { panLastFour: card.primaryAccountNumber.slice(-4) };
      hold({ ...report, ...ofShop }, replaced);
    }
    const replacement = `${from.primaryAccountNumber} ${to.primaryAccountNumber}`;
    const bindings = (moved.get(replacement) ?? 0) + found.length;
    moved.set(replacement, bindings);
    return { status: 200, body: { bindings } };
  };

  const report = (path: string): DoubleAnswer => {
    const session = sessions.find(({ authenticationSessionId }) => path.endsWith(`/${authenticationSessionId}`));
    if (session === undefined) return buildRefusal('SESSION_NOT_FOUND', '/authenticationSessionId');
    const { authenticationSessionId, clientSessionId } = session;
    const createdAt = openedAt.toISOString();
    const expiresAt = new Date(openedAt.getTime() + 900_000).toISOString();
    const body = { authenticationSessionId, clientSessionId, state: 'created', createdAt, expiresAt };
    const told = reports.get(authenticationSessionId);
    const status = role === 'merchant' ? held.get(told?.bindingId ?? '')?.report.status : undefined;
    const waits = status === 'PENDING_ACTIVATION' && { bindingStatus: status };
    return { status: 200, body: { ...body, ...waits, ...told } };
  };

  return {
    answerPublic: events.answerPublic,
    async answer(call, parts) {
      if (call.method === 'GET' && call.path.startsWith(`${SESSIONS_PATH}/`)) return report(call.path);
      if (call.path === BINDING_SEARCHES_PATH) return search(call, parts);
      if (call.path === BINDING_STATUS_UPDATES_PATH) return update(call, parts);
      if (call.path === ACCOUNT_REPLACEMENTS_PATH && role === 'issuer') return replace(call, parts);
      return events.answer(call);
    },
    controls: {
      ...events.controls,
      heldBindings,
      holdBinding({ accounts, ...given }) {
        const report: BindingReport = {
          bindingId: `binding-${randomBytes(6).toString('hex')}`,
          credentialId: `credential-${randomBytes(6).toString('hex')}`,
          status: 'ACTIVE',
          suspendedBy: [],
          accountTypes: [...new Set(accounts.map(kindOf))],
          heldBy: { role, name: role === 'issuer' ? 'Bank' : 'Shop' },
          createdAt: clock().toISOString(),
          authenticator: SYNCED,
          devices: [],
          ...given,
        };
        hold(report, accounts);
        return report;
      },
      changeBinding({ bindingId, action, by }) {
        const binding = held.get(bindingId);
        if (binding === undefined) throw new Error('The double holds no such binding.');
        change(binding, action, by);
      },
      reportSession: (authenticationSessionId, changes) =>
        void reports.set(authenticationSessionId, { ...reports.get(authenticationSessionId), ...changes }),
    },
  };
}

function statusAfter(
  action: BindingAction,
  before: BindingReport['status'],
  suspendedBy: readonly Actor[],
): BindingReport['status'] {
  if (action === 'DELETE' || before === 'DELETED') return 'DELETED';
  if (action !== 'ACTIVATE' && before === 'PENDING_ACTIVATION') return before;
  return suspendedBy.length > 0 ? 'SUSPENDED' : 'ACTIVE';
}

/** A passkey of a password manager: the usual kind. */
const SYNCED = {
  aaguid: '00000000-0000-0000-0000-000000000000',
  backupEligible: true,
  backedUp: true,
  attestation: 'NONE',
} as const;

function kindOf(account: AccountReference): BindingReport['accountTypes'][number] {
  if ('primaryAccountNumber' in account) return 'CARD';
  return 'emailAddress' in account ? 'EMAIL' : 'MOBILE';
}

function isSame(one: AccountReference, other: AccountReference): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
