/** Cardholders who enrol one after the other without a pause, several at a time. Nothing is tried twice: the first failed call counts. */
import { createTestBrowser, type NetworkAddress, type TestAnswer, type TestClient } from '@payment-passkeys/testkit';

export interface Load {
  /** Enrolments that came to their binding so far. */
  done(): number;
  /** Calls that were not answered as the contract says, in words. */
  readonly failures: readonly string[];
  /** Lets everybody finish. Answers how many were bound in all. */
  stop(): Promise<number>;
}

/** Each lane is a cardholder after the other with a client of its own, which may have an address of its own. */
export function startLoad(lanes: readonly { readonly client: TestClient; readonly at: NetworkAddress }[]): Load {
  const failures: string[] = [];
  let done = 0;
  let stopped = false;
  const run = async ({ client, at }: (typeof lanes)[number]) => {
    while (!stopped) {
      try {
        await enrolOnce(client, at);
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
export async function enrolOnce(client: TestClient, at: NetworkAddress): Promise<void> {
  const browser = createTestBrowser(at);
  const { body: session } = answered('Sessions', 201, await client.startSession());
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
