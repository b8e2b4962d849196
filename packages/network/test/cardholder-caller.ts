/** The cardholder without a browser (contract §19) as a test calls it, and the kit of a bank at which it enrols. */
import {
  createIssuer,
  createMemoryEnrolmentStore,
  type EnrolmentOutcome,
  type Issuer,
} from '@payment-passkeys/issuer/server';
import { CARDHOLDER_PATH } from '@payment-passkeys/protocol/sandbox';
import { buildSessionInfo, type TestAnswer } from '@payment-passkeys/testkit';
import { kitOptions, profileOf } from './kit-options.ts';
import { cardOf, freshPan, reason, type TestShop } from './shop.ts';

/** What the cardholder does at an address. */
interface Visit {
  readonly uri: string;
  readonly do: string;
  readonly device?: string;
}

export interface CardholderCaller {
  /** The bank's kit. */
  readonly issuer: Issuer;
  ask(body: object): Promise<Pick<TestAnswer, 'status' | 'body'>>;
  /** Answers the address that the page leads to. */
  go(visit: Visit): Promise<URL>;
  refusalOf(body: object): Promise<object>;
  /** The address of a session of the bank, for a new card if none is given. */
  startAtBank(pan?: string, changes?: Parameters<typeof buildSessionInfo>[1]): Promise<string>;
  /** Enrols with the bank's kit, from the start to the binding. */
  enrolByKit(pan: string, cardholder: Omit<Visit, 'uri'>): Promise<EnrolmentOutcome>;
}

let devices = 0;
export const newDevice = () => `device-${++devices}`;

/** The status of a callback, and its reason if it has one. */
export const endOf = ({ searchParams }: URL) =>
  `${searchParams.get('status')} ${searchParams.get('reason') ?? ''}`.trim();

/** Close its `issuer` at the end. */
export function openCardholder(at: TestShop): CardholderCaller {
  const issuer = createIssuer({
    ...kitOptions(at.network),
    callbackOrigins: ['http://bank.localhost:4001'],
    network: profileOf(at.network),
    store: createMemoryEnrolmentStore(),
  });

  async function ask(body: object): Promise<Pick<TestAnswer, 'status' | 'body'>> {
    const response = await fetch(at.network.address + CARDHOLDER_PATH, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    return { status: response.status, body: await response.json() };
  }

  async function go(visit: Visit): Promise<URL> {
    const answer = await ask(visit);
    if (answer.status !== 200) throw new Error(`The cardholder was refused: ${JSON.stringify(answer.body)}`);
    return new URL(answer.body.redirect);
  }

  return {
    issuer,
    ask,
    go,
    async refusalOf(body) {
      const answer = await ask(body);
      const [{ message, source }] = answer.body.errordetail;
      return { status: answer.status, reason: reason(answer), source, message };
    },
    async startAtBank(pan = freshPan(), changes = {}) {
      const answer = await at.network.client.startSession({ info: { accountReferences: cardOf(pan), ...changes } });
      return answer.body.uri;
    },
    async enrolByKit(pan, cardholder) {
      const info = buildSessionInfo(at.network.now);
      const { cookie, redirect } = await issuer.startEnrolment({
        cardholderId: 'customer-1',
        accounts: cardOf(pan),
        verification: info.cardholderVerification,
        consent: info.consent,
        complianceResources: info.complianceSettings?.complianceResources ?? [],
        callbackUri: 'http://bank.localhost:4001/passkeys/callback',
      });
      const url = (await go({ uri: redirect, ...cardholder })).href;
      return issuer.completeEnrolment({ url, browser: cookie.value });
    },
  };
}
