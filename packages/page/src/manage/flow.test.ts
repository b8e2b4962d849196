import type { ManageOverview } from '@payment-passkeys/protocol';
import { describe, expect, it } from 'vitest';
import { ACCEPTED, type At, next, type PageEvent, type PageState } from './flow.ts';

const overview = { bindings: [], devices: [] } as unknown as ManageOverview;
const removal = { what: 'PASSKEY' } as const;

const STATES: { readonly [Each in At]: PageState } = {
  loading: { at: 'loading' },
  framed: { at: 'framed' },
  unsupported: { at: 'unsupported' },
  welcome: { at: 'welcome' },
  working: { at: 'working' },
  'signing-in': { at: 'signing-in' },
  overview: { at: 'overview', overview },
  asking: { at: 'asking', overview, removal },
  removing: { at: 'removing', overview, removal },
  over: { at: 'over', end: 'LEFT' },
  stopped: { at: 'stopped' },
};

/** Each event, and the state that it leads to. */
const EVENTS: readonly (readonly [PageEvent, At])[] = [
  [{ type: 'FRAMED' }, 'framed'],
  [{ type: 'UNSUPPORTED' }, 'unsupported'],
  [{ type: 'READY' }, 'welcome'],
  [{ type: 'USED' }, 'working'],
  [{ type: 'ANSWERED' }, 'signing-in'],
  [{ type: 'SIGNED_IN', overview }, 'overview'],
  [{ type: 'ASKED', removal }, 'asking'],
  [{ type: 'KEPT' }, 'overview'],
  [{ type: 'CONFIRMED' }, 'removing'],
  [{ type: 'REMOVED', overview }, 'overview'],
  [{ type: 'REMOVAL_FAILED' }, 'asking'],
  [{ type: 'ENDED', end: 'EXPIRED' }, 'over'],
  [{ type: 'STOPPED' }, 'stopped'],
  [{ type: 'RESTARTED' }, 'loading'],
];

describe.each(EVENTS)('%j', (event, to) => {
  it.each(Object.values(STATES))(`leads to ${to} or is ignored, from %j`, (state) => {
    const after = next(state, event);
    if (ACCEPTED[event.type].includes(state.at)) expect(after.at).toBe(to);
    else expect(after).toBe(state);
  });
});

it('shows nothing of a passkey once the visit is over', () => {
  for (const at of ['overview', 'asking', 'removing'] as const)
    expect(next(STATES[at], { type: 'ENDED', end: 'LEFT' })).toEqual({ at: 'over', end: 'LEFT' });
});
