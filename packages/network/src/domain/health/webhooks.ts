/** What is wrong with a webhook: it is switched off, or has not taken events. Pure. */
import type { Endpoint } from '../events/deliveries.ts';
import { aboutWebhook, clientScreen, type HealthProblem, minuteOf } from './problem.ts';

/** After this time without success, deliveries are late. The longest pause between two attempts is about as long (retry-schedule.ts). */
const LATE_MILLISECONDS = 6 * 60 * 60 * 1000;

export function findWebhookProblems(endpoint: Endpoint, now: Date): readonly HealthProblem[] {
  const { clientId, uri, disabledAt, waiting, waitingSince, dead, failure } = endpoint;
  const { host } = new URL(uri);
  const webhook = {
    clientId,
    severity: 'WARNING',
    about: aboutWebhook(clientId),
    screen: clientScreen(clientId),
  } as const;
  if (disabledAt !== null) {
    return [
      {
        ...webhook,
        kind: 'WEBHOOK_OFF',
        text: `${host} answered 410 and is off since ${minuteOf(disabledAt)}`,
        remedy:
          'Ask the client whether the address is still right. Then switch the webhook on again and replay its events.',
        command: `webhooks enable ${clientId}`,
        docs: 'observability.md#webhookoff',
      },
    ];
  }
  const because = failure === null ? '' : `; ${lastFailure(failure)}`;
  const late = waitingSince !== null && now.getTime() - waitingSince.getTime() > LATE_MILLISECONDS;
  return [
    ...(dead > 0
      ? [
          {
            ...webhook,
            kind: 'DELIVERIES_DEAD',
            text: `${host} did not take ${events(dead)} for three days${because}`,
            remedy: 'Tell the client what its webhook answers. When it answers again, replay the events.',
            command: `events replay ${clientId}`,
            docs: 'observability.md#deliveriesdead',
          } as const,
        ]
      : []),
    ...(late
      ? [
          {
            ...webhook,
            kind: 'DELIVERIES_LATE',
            text: `${host} has not taken ${events(waiting)}, the oldest since ${minuteOf(waitingSince)}${because}`,
            remedy: 'Tell the client what its webhook answers. The network tries again for three days.',
            docs: 'observability.md#deliverieslate',
          } as const,
        ]
      : []),
  ];
}

const events = (count: number): string => (count === 1 ? '1 event' : `${count} events`);

/** `failure` is `HTTP_` with a status, or a code of the connection. */
function lastFailure(failure: string): string {
  const status = /^HTTP_([0-9]{3})$/.exec(failure)?.[1];
  return status === undefined ? `its last failure is ${failure}` : `its last answer has the status ${status}`;
}
