/** An enrolment for the tests to drive: its back end and device do as they are told, everything else is the real thing. */
import { type EndReason, reasonForHttpStatus } from '@payment-passkeys/protocol';
import { vi } from 'vitest';
import type { BackEnd, Refusal, Reply } from './backend.ts';
import { buildEnrolment, type Dependencies } from './enrolment.ts';
import type { PageState } from './flow.ts';
import { buildBrowser, openAnswer, RETURN_TO } from './visit.fixture.ts';

export const KNOWN = 'https://bank.example/known';
export const SUCCESS = `${RETURN_TO}&status=ENROLLED&proofOfAuthentication=a.b.c`;

/** Where "Agree and continue" leads. */
export const ISSUER = 'https://bank.example/verification?request=a.b.c';
export const SHOWN = { language: 'en', statement: 'By continuing, you agree.' };

/** One visit whose back end and device do as they are told; everything else is the real thing. */
export function visit(changes: Partial<Dependencies> = {}) {
  const device = buildBrowser();
  const backEnd = {
    open: vi.fn<BackEnd['open']>(async () => ({ answer: openAnswer() })),
    consent: vi.fn<BackEnd['consent']>(async () => ({ answer: ISSUER })),
    result: vi.fn<BackEnd['result']>(async () => ({ answer: { redirect: SUCCESS } })),
    end: vi.fn<BackEnd['end']>(async (reason) => ({ answer: endOf(reason) })),
  };
  const states: PageState[] = [];
  const left: string[] = [];
  let opened = false;
  const enrolment = buildEnrolment({
    backEnd,
    browser: device.browser,
    framed: false,
    knownReturnTo: undefined,
    wasOpened: () => opened,
    markOpened: () => {
      opened = true;
    },
    speak: async () => {},
    consentShown: () => SHOWN,
    show: (state) => states.push(state),
    leave: (address) => left.push(address),
    ...changes,
  });
  return { ...enrolment, ...device, backEnd, states, left, state: () => states.at(-1) };
}

/** Where `end` leads. */
export const endOf = (reason: EndReason) =>
  `${RETURN_TO}&status=${reason === 'USER_CANCELLATION' ? 'CANCELLED' : 'ERROR'}&reason=${reason}`;
/** What a call is refused with, by its status. */
export const refused = (status: number, more: Partial<Refusal> = {}): Reply<never> => ({
  refusal: { reason: reasonForHttpStatus(status), status, ...more },
});
