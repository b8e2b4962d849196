/** Reads timelines of sessions for tests, as short lines. */
import type { SessionView, TimelineStep } from '@payment-passkeys/protocol/console';
import { viewSession } from '../src/domain/session-search/view.ts';
import type { TestShop } from './shop.ts';

/** The time at which each test begins. */
export const START = new Date('2026-11-24T12:00:00Z');

/** `shop` answers the test's shop, which is started after the test file was loaded. */
export function createTimelineSteps(shop: () => TestShop) {
  async function view(sessionId: string): Promise<SessionView> {
    const { pool, findModel } = shop().network.running.network;
    const found = await viewSession(sessionId, { pool, findModel });
    if (found === undefined) throw new Error('There is such a session.');
    return found;
  }

  /** A line for each step of the timeline: the step, its actor, and its details. */
  async function timelineOf(sessionId: string): Promise<readonly string[]> {
    return (await view(sessionId)).timeline.map(lineOf);
  }
  return { view, timelineOf };
}

export function lineOf({
  step,
  decision,
  by,
  offer,
  state,
  revocation,
  code,
  because,
  verified,
}: TimelineStep): string {
  const facts = verified && (verified.userPresent && verified.userVerified ? 'UP UV' : 'not verified');
  const rest = [offer, facts, state, revocation, code, because].filter((word) => word !== undefined);
  return [step, ...(decision === 'ACCEPTED' ? [] : [decision]), `by ${by}`, ...rest].join(' ');
}

export function handlesOf({ authenticationSessionId }: { readonly authenticationSessionId: string }) {
  return { authenticationSessionId };
}
