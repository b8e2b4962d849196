/** Cardholders who enrol one after the other without a pause, several at a time. Nothing is tried twice: the first failed call counts. */
import type { SrcSessionInitiationRequestInfo } from '@payment-passkeys/protocol';
import { createTestBrowser, type NetworkAddress, type TestAnswer, type TestClient } from '@payment-passkeys/testkit';

export interface Load {
  /** Enrolments that came to their binding so far. */
  done(): number;
  /** Calls that were not answered as the contract says, in words. */
  readonly failures: readonly string[];
  /** Lets everybody finish. Answers how many were bound in all. */
  stop(): Promise<number>;
}

/** One cardholder after the other. */
export interface Lane {
  readonly client: TestClient;
  /** Where the cardholders' browsers go. */
  readonly at: NetworkAddress;
  /** Of each Sessions call, in place of the builder's. */
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

/** From the issuer's call to the binding, with a new passkey. Throws for an answer that is not the contract's. */
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
