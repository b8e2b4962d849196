/** Judges an issuer's calls of Authenticators (contract §5). Pure. */
import { type BindingCall, bindingCalls } from '../observation.ts';
import type { Expectation, Row } from '../rows/index.ts';
import type { Evidence, Verdict } from './verdict.ts';

type BindingExpectation = Extract<Expectation, 'BINDS_ONCE' | 'BINDS_NOTHING' | 'ASKS_AGAIN' | 'TAKES_REFUSAL'>;

/** The Retry-After of an examination, minus a tolerance for clocks, in milliseconds. */
const EARLIEST_RETRY = 900;

export function judgeBinding(expects: BindingExpectation, { row, observed, over }: Evidence): Verdict {
  const calls = bindingCalls(observed);
  const [first] = calls;
  if (expects === 'BINDS_NOTHING') {
    if (first !== undefined)
      return { state: 'FAILED', seen: `Authenticators was called; it answered ${first.status}.` };
    return unless(over, { state: 'PASSED' });
  }
  if (first === undefined) return unless(over, { state: 'FAILED', seen: 'Authenticators was not called.' });
  const answeredAt = calls.findIndex(isAnswer);
  const answer = calls[answeredAt];
  if (answer === undefined) {
    return unless(over, {
      state: 'FAILED',
      seen: `Authenticators was called ${times(calls.length)}, and not again after that.`,
    });
  }
  const repeats = calls.length - answeredAt - 1;
  if (repeats > (mayRepeat(row) ? 1 : 0)) {
    return { state: 'FAILED', seen: `Authenticators was called again after it had answered ${answer.status}.` };
  }
  if (calls.some((call, at) => call.status === 503 && isTooEarly(call, calls[at + 1]))) {
    return { state: 'FAILED', seen: 'Authenticators was called again before the time of Retry-After.' };
  }
  if (expects === 'TAKES_REFUSAL') return unless(over, { state: 'PASSED' });
  if (answer.status >= 400) {
    return {
      state: 'FAILED',
      seen: `Authenticators refused the call with ${answer.status}: it was not the proof of the return.`,
    };
  }
  return { state: 'PASSED' };
}

const unless = (over: boolean, verdict: Verdict): Verdict => (over ? verdict : { state: 'PLAYING' });

/** An answer that settles the call: a success or a refusal that arrived. */
function isAnswer({ status, delivered }: BindingCall): boolean {
  return delivered && status < 500 && status !== 429;
}

/** The network cannot see whether the client has waited for the slow answer. If it has not waited, it is right to call again. */
function mayRepeat({ play }: Row): boolean {
  return play.kind === 'BINDING_ANSWER' && play.answer === 'SLOW';
}

function isTooEarly(call: BindingCall, next: BindingCall | undefined): boolean {
  return next !== undefined && next.at - call.at < EARLIEST_RETRY;
}

const times = (count: number): string => (count === 1 ? 'once' : `${count} times`);
