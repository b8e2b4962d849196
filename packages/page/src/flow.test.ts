import { describe, expect, it } from 'vitest';
import { ACCEPTED, type At, canAsk, next, type Opened, type PageEvent, type PageState } from './flow.ts';
import { newPhoneAnswer, openAnswer, RETURN_TO } from './visit.fixture.ts';

const ABLE = { webauthn: true, platform: true, payment: true };
const opened: Opened = { answer: openAnswer(), support: ABLE };

const STATES: { readonly [State in At]: Extract<PageState, { at: State }> } = {
  loading: { at: 'loading' },
  framed: { at: 'framed' },
  offer: { at: 'offer', opened },
  unsupported: { at: 'unsupported', opened },
  working: { at: 'working', opened, scenario: 'CREATE' },
  finishing: { at: 'finishing', opened, report: 'CREDENTIAL' },
  returning: { at: 'returning', to: RETURN_TO, outcome: 'ENROLLED', clientName: 'Harbour Bank' },
  stopped: { at: 'stopped', reason: 'NOT_FOUND', canRetry: false },
};

const PAYMENT: PageState = { at: 'offer', opened: { answer: newPhoneAnswer(), support: ABLE } };

const EVENTS: { readonly [Type in PageEvent['type']]: { event: PageEvent; leadsTo: At } } = {
  FRAMED: { event: { type: 'FRAMED' }, leadsTo: 'framed' },
  OPENED: { event: { type: 'OPENED', opened }, leadsTo: 'offer' },
  CHOSEN: { event: { type: 'CHOSEN', scenario: 'USE' }, leadsTo: 'working' },
  TURNED: { event: { type: 'TURNED' }, leadsTo: 'offer' },
  REPORTING: { event: { type: 'REPORTING', report: 'END' }, leadsTo: 'finishing' },
  LEAVING: { event: { type: 'LEAVING', to: RETURN_TO, outcome: 'ENDED' }, leadsTo: 'returning' },
  STOPPED: { event: { type: 'STOPPED', reason: 'FORBIDDEN', canRetry: true }, leadsTo: 'stopped' },
  RESTARTED: { event: { type: 'RESTARTED' }, leadsTo: 'loading' },
};

const pairs = Object.keys(EVENTS).flatMap((type) => Object.keys(STATES).map((at) => [type, at])) as [
  PageEvent['type'],
  At,
][];

describe('the flow', () => {
  it.each(pairs)('%s in %s leads on where the table says so, and nowhere else', (type, at) => {
    // At the offer, TURNED needs a payment: no other offer leads to the issuer.
    const state: PageState = type === 'TURNED' && at === 'offer' ? PAYMENT : STATES[at];
    const after = next(state, EVENTS[type].event);
    if (ACCEPTED[type].includes(at)) {
      expect(after).not.toBe(state);
      expect(after.at).toBe(EVENTS[type].leadsTo);
    } else {
      expect(after).toBe(state);
    }
  });

  it('ignores a second tap, a tap after "Not now", and whatever comes after leaving', () => {
    const tap = EVENTS.CHOSEN.event;
    expect(next(STATES.working, tap)).toBe(STATES.working);
    expect(next(STATES.finishing, tap)).toBe(STATES.finishing);
    expect(next(STATES.finishing, EVENTS.REPORTING.event)).toBe(STATES.finishing);
    expect(next(STATES.returning, EVENTS.LEAVING.event)).toBe(STATES.returning);
  });

  it('leaves the framed page by nothing at all', () => {
    for (const { event } of Object.values(EVENTS)) expect(next(STATES.framed, event)).toBe(STATES.framed);
  });

  it('turns from a payment to the terms of the way to the issuer, and back to the very same payment', () => {
    const terms = next(PAYMENT, { type: 'TURNED' });
    const { alternative, ...payment } = newPhoneAnswer();
    expect(terms).toMatchObject({
      at: 'offer',
      opened: { answer: { ...alternative, alternative: { scenario: 'PAY', options: payment.options } } },
    });
    expect(next(terms, { type: 'TURNED' })).toEqual(PAYMENT);
    expect(next(STATES.offer, { type: 'TURNED' })).toBe(STATES.offer);
  });

  it.each([
    ['CREATE', ABLE, 'offer'],
    ['CREATE', { ...ABLE, platform: false }, 'unsupported'],
    ['CREATE', { ...ABLE, webauthn: false }, 'unsupported'],
    ['USE', ABLE, 'offer'],
    ['USE', { ...ABLE, platform: false }, 'offer'],
    ['USE', { ...ABLE, webauthn: false }, 'unsupported'],
  ] as const)('opens %s on a device with %j in %s', (scenario, support, at) => {
    const event: PageEvent = { type: 'OPENED', opened: { answer: openAnswer(scenario), support } };
    expect(next(STATES.loading, event).at).toBe(at);
  });

  it('asks the device for nothing that the session does not offer or the browser cannot do', () => {
    const { alternative: _, ...answer } = openAnswer('CREATE');
    expect(canAsk({ answer, support: ABLE }, 'USE')).toBe(false);
    const state: PageState = { at: 'offer', opened: { answer, support: ABLE } };
    expect(next(state, EVENTS.CHOSEN.event)).toBe(state);
    expect(canAsk({ answer, support: { ...ABLE, webauthn: false } }, 'CREATE')).toBe(false);
  });

  it('lets a device that only seems to lack a screen lock try', () => {
    const state: PageState = { at: 'unsupported', opened: { ...opened, support: { ...ABLE, platform: false } } };
    expect(next(state, { type: 'CHOSEN', scenario: 'CREATE' }).at).toBe('working');
  });

  it("keeps the bank's name for the way back", () => {
    expect(next(STATES.finishing, EVENTS.LEAVING.event)).toMatchObject({ clientName: 'Harbour Bank' });
    expect(next(STATES.loading, EVENTS.LEAVING.event)).not.toHaveProperty('clientName');
  });
});
