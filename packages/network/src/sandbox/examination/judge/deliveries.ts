/** Judges what a client's webhook answers (contract §16). Pure. */
import type { Evidence, Verdict } from './verdict.ts';

export function judgeDeliveries(expects: 'TAKES_EVENTS' | 'REFUSES_EVENT', { observed, over }: Evidence): Verdict {
  const answers = observed.flatMap((observation) => (observation.kind === 'DELIVERY' ? [observation.status] : []));
  if (answers.length === 0)
    return over ? { state: 'NOT_REACHED', seen: 'No delivery was made.' } : { state: 'PLAYING' };
  const right = expects === 'TAKES_EVENTS' ? isTaken : isRefused;
  const wrong = answers.find((answer) => !right(answer));
  if (wrong === undefined) return { state: 'PASSED' };
  const said = typeof wrong === 'number' ? `answered ${wrong}` : `did not answer (${wrong})`;
  return { state: 'FAILED', seen: `The webhook ${said}.` };
}

const isTaken = (answer: number | string): boolean => typeof answer === 'number' && answer >= 200 && answer < 300;
const isRefused = (answer: number | string): boolean => typeof answer === 'number' && answer >= 400 && answer < 500;
