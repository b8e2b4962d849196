/**
 * Deliveries to a client’s webhook that are made for a row. The events of SUSPENDED name the client's newest binding, if it has one. All other
 * events name a binding that does not exist.
 */
import { generateKeyPairSync, type KeyObject, randomBytes, randomUUID } from 'node:crypto';
import { signWebhook } from '@payment-passkeys/channel';
import { addSeconds, type EventEnvelope } from '@payment-passkeys/protocol';
import { findEndpoints } from '../../../domain/events/deliveries.ts';
import { webhookKeyAt } from '../../../domain/keys/key-ring.ts';
import type { Session } from '../../../domain/sessions/store.ts';
import type { Network } from '../../../network.ts';
import { post } from '../../../platform/http/post.ts';
import type { Play } from '../rows/index.ts';
import { findNewestBinding } from '../store.ts';
import { outsideCall } from './outside-calls.ts';

type Events = Extract<Play, { readonly kind: 'EVENTS' }>['events'];

/** Undefined without a webhook; else what the webhook answered to each delivery: a status, or why there was none. */
export async function deliverEvents(
  { clientId, sessionId }: Pick<Session, 'clientId' | 'sessionId'>,
  events: Events,
  { pool, keys, clock }: Pick<Network, 'pool' | 'keys' | 'clock'>,
): Promise<readonly (number | string)[] | undefined> {
  const endpoints = await findEndpoints(pool, clientId);
  const on = endpoints.filter(({ disabledAt }) => disabledAt === null);
  const endpoint = on.find(({ types }) => types.some((type) => ABOUT_BINDINGS.includes(type))) ?? on[0];
  const now = clock();
  const signingKey = webhookKeyAt(keys.current(), now);
  if (endpoint === undefined || signingKey === undefined) return undefined;
  const key = events === 'FORGED' ? generateKeyPairSync('ed25519').privateKey : signingKey.privateKey;
  const own = events === 'SUSPENDED' ? await findNewestBinding(pool, sessionId) : undefined;
  const about = own ?? { bindingId: randomUUID(), credentialId: randomUUID() };
  const answers: (number | string)[] = [];
  for (const event of eventsOf(events, about, now)) {
    answers.push(await deliver(event, { uri: endpoint.uri, key, sentAt: now }));
  }
  return answers;
}

const ABOUT_BINDINGS = ['binding.*', 'binding.suspended', 'binding.resumed'];

/** In the order of their deliveries. */
function eventsOf(
  events: Events,
  about: { readonly bindingId: string; readonly credentialId: string },
  now: Date,
): readonly EventEnvelope[] {
  const resumed = describe('binding.resumed', { ...about, suspendedBy: [] }, now);
  const suspended = (at: Date) => describe('binding.suspended', { ...about, suspendedBy: ['NETWORK'] }, at);
  switch (events) {
    case 'REPEATED':
      return [resumed, resumed];
    case 'OUT_OF_ORDER':
      return [resumed, suspended(addSeconds(now, -60))];
    case 'SUSPENDED':
      return [suspended(addSeconds(now, -1)), resumed];
    case 'FORGED':
      return [suspended(now)];
  }
}

function describe(type: string, data: object, at: Date): EventEnvelope {
  return {
    id: `evt_${randomBytes(16).toString('hex')}`,
    type,
    timestamp: at.toISOString(),
    triggeredBy: 'NETWORK',
    data: { ...data, reasonCode: 'FRAUD_SUSPECTED' },
  };
}

async function deliver(
  event: EventEnvelope,
  { uri, key, sentAt }: { readonly uri: string; readonly key: KeyObject; readonly sentAt: Date },
): Promise<number | string> {
  const body = JSON.stringify(event);
  const headers = signWebhook({ id: event.id, sentAt, body }, key);
  const outcome = await post({ uri, headers, body }, outsideCall());
  return 'status' in outcome ? outcome.status : outcome.failure;
}
