/**
 * A load of enrolments: several cardholders at a time, one after the other on each lane, without a pause. Nothing is retried: the first
 * failed call counts.
 */
import type { SrcSessionInitiationRequestInfo } from '@payment-passkeys/protocol';
import { createTestBrowser, type NetworkAddress, type TestAnswer, type TestClient } from '@payment-passkeys/testkit';

export interface Load {
  /** How many enrolments are bound so far. */
  done(): number;
  /** Descriptions of the calls whose answer was not the contract's. */
  readonly failures: readonly string[];
  /** Finishes the running enrolments. Answers the number of all bound ones. */
  stop(): Promise<number>;
}

/** Enrols one cardholder after the other. */
export interface Lane {
  readonly client: TestClient;
  /** The origin that the cardholders' browsers use. */
  readonly at: NetworkAddress;
  /** The members of each Sessions call, in place of the builder's. */
  readonly info?: Partial<SrcSessionInitiationRequestInfo>;
}

export function startLoad(lanes: readonly Lane[]): Load {
  const failures: string[] = [];
  let done = 0;
  let stopped = false;
  const run = async (lane: Lane) => {
    while (!stopped) {
      try {
        await enrolOnce(lane);
        done += 1;
      } catch (error) {
        failures.push(describe(error));
      }
    }
  };
  const running = lanes.map(run);
  return {
    done: () => done,
    failures,
    stop: async () => {
      stopped = true;
      await Promise.all(running);
      return done;
    },
  };
}

/** One enrolment from the issuer's call to the binding, with a new passkey. Throws for an answer that is not the contract's. */
export async function enrolOnce({ client, at, info = {} }: Lane): Promise<void> {
  const browser = createTestBrowser(at);
  const { body: session } = answered('Sessions', 201, await client.startSession({ info }));
  const { body: opened } = answered('open', 200, await browser.open(session.uri));
  const { body } = answered('result', 200, await browser.result(browser.answer(opened)));
  const proofOfAuthentication = new URL(body.redirect).searchParams.get('proofOfAuthentication') ?? '';
  answered('Authenticators', 201, await client.bind({ ...session, proofOfAuthentication }));
}

function answered(step: string, status: number, answer: TestAnswer): TestAnswer {
  if (answer.status !== status) throw new Error(`${step}: ${answer.status} ${JSON.stringify(answer.body)}`);
  return answer;
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message} (${error.cause.message})` : error.message;
}
