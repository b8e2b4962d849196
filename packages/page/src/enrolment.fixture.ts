/** An enrolment for tests, with a back end and a device that the test controls. */
import { type EndReason, reasonForHttpStatus } from '@payment-passkeys/protocol';
import { vi } from 'vitest';
import type { BackEnd, Refusal, Reply } from './backend.ts';
import { buildEnrolment, type Dependencies } from './enrolment.ts';
import type { PageState } from './flow.ts';
import { buildBrowser, openAnswer, RETURN_TO } from './visit.fixture.ts';

export const KNOWN = 'https://bank.example/known';
export const SUCCESS = `${RETURN_TO}&status=ENROLLED&proofOfAuthentication=a.b.c`;

/** The address after "Agree and continue". */
export const ISSUER = 'https://bank.example/verification?request=a.b.c';
export const SHOWN = { language: 'en', statement: 'By continuing, you agree.' };

/** One visit. Everything but back end and device is real. */
export function visit(changes: Partial<Dependencies> = {}) {
  const device = buildBrowser();
  const backEnd = {
    open: vi.fn<BackEnd['open']>(async () => ({ answer: openAnswer() })),
    consent: vi.fn<BackEnd['consent']>(async () => ({ answer: ISSUER })),
    result: vi.fn<BackEnd['result']>(async () => ({ answer: { redirect: SUCCESS } })),
    end: vi.fn<BackEnd['end']>(async (reason) => ({ answer: endOf(reason) })),
    returnAddress: vi.fn<BackEnd['returnAddress']>(async () => undefined),
  };
  const states: PageState[] = [];
  const left: string[] = [];
  const forgotten: string[] = [];
  let opened = false;
  const enrolment = buildEnrolment({
    backEnd,
    browser: device.browser,
    framed: false,
    findReturnAddress: async () => undefined,
    wasOpened: () => opened,
    markOpened: () => {
      opened = true;
    },
    setLanguage: async () => {},
    consentShown: () => SHOWN,
    show: (state) => states.push(state),
    leave: (address) => left.push(address),
    forgetPasskey: (credentialId) => forgotten.push(credentialId),
    ...changes,
  });
  return { ...enrolment, ...device, backEnd, states, left, forgotten, state: () => states.at(-1) };
}

/** The address after `end`. */
export const endOf = (reason: EndReason) =>
  `${RETURN_TO}&status=${reason === 'USER_CANCELLATION' ? 'CANCELLED' : 'ERROR'}&reason=${reason}`;
/** A refusal with a status. */
export const refused = (status: number, more: Partial<Refusal> = {}): Reply<never> => ({
  refusal: { reason: reasonForHttpStatus(status), status, ...more },
});
