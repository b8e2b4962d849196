/** Judges a row by what was recorded of it. Pure. */
import { NOT_PLAYED, type Observation } from '../observation.ts';
import type { Row } from '../rows/index.ts';
import { judgeBinding } from './binding.ts';
import { judgeDeliveries } from './deliveries.ts';
import { judgeOrder } from './order.ts';
import type { Evidence, Verdict } from './verdict.ts';

export function judge(evidence: Evidence): Verdict {
  const { row, over } = evidence;
  const missing = findMissing(evidence);
  if (missing !== undefined) {
    return missing.forGood || over ? { state: 'NOT_REACHED', seen: missing.seen } : { state: 'PLAYING' };
  }
  switch (row.expects) {
    case 'KEEPS_ORDER_OPEN':
    case 'KEEPS_ORDER_PAID':
      return judgeOrder(row.expects, evidence);
    case 'TAKES_EVENTS':
    case 'REFUSES_EVENT':
      return judgeDeliveries(row.expects, evidence);
    default:
      return judgeBinding(row.expects, evidence);
  }
}

/** Why the row is not reached yet; undefined when it is. */
function findMissing({ row, observed }: Evidence): { readonly seen: string; readonly forGood?: true } | undefined {
  const hindrance = observed.find((observation) => observation.kind === 'NOT_PLAYED');
  if (hindrance !== undefined) return { seen: NOT_PLAYED[hindrance.because], forGood: true };
  if (row.play.kind !== 'NOTHING' && row.play.kind !== 'BINDING_ANSWER') {
    if (observed.some(({ kind }) => kind === 'PLAYED')) return undefined;
    return { seen: describeNoReturn(observed) };
  }
  const returns = observed.filter((observation) => observation.kind === 'RETURNED');
  const [returned] = returns;
  if (returned === undefined) return { seen: describeNoReturn(observed) };
  if (row.endsWith !== undefined) {
    if (!returns.some(({ reason }) => reason === row.endsWith)) return { seen: describeReturn(returned) };
    return offered(observed, row) ? undefined : { seen: describeOffer(row), forGood: true };
  }
  const success = returns.find(({ reason }) => reason === undefined);
  if (success === undefined) return { seen: describeReturn(returned) };
  return success.by === undefined || success.by === row.scenario
    ? undefined
    : { seen: describeOffer(row), forGood: true };
}

function offered(observed: readonly Observation[], { scenario }: Row): boolean {
  if (scenario === undefined) return true;
  return observed.some((observation) => observation.kind === 'OPENED' && observation.scenarios.includes(scenario));
}

function describeOffer({ scenario }: Row): string {
  if (scenario === 'CREATE') return NOT_PLAYED.MUST_CREATE;
  return scenario === 'USE' ? NOT_PLAYED.MUST_USE : NOT_PLAYED.MUST_PAY;
}

function describeNoReturn(observed: readonly Observation[]): string {
  return observed.some(({ kind }) => kind === 'OPENED')
    ? 'The cardholder did not finish on the network’s page.'
    : 'The launch address was not opened.';
}

function describeReturn({ status, reason }: Extract<Observation, { readonly kind: 'RETURNED' }>): string {
  return `The cardholder returned with ${reason === undefined ? status : `${status} / ${reason}`}.`;
}
