/** Saved cards and their bindings at the network: removed there too, blocked, deleted, replaced; whatever the order of the events. */

import { type Actor, type Bindings, type EventEnvelope, MerchantError } from '@payment-passkeys/merchant/server';
import { plainTextOf } from '@payment-passkeys/web/testing';
import { beforeEach, describe, expect, test } from 'vitest';
import { type CardEvents, createCardEvents } from '../src/cards/network-events.ts';
import { createCardRefresh } from '../src/cards/refresh.ts';
import { createRemovals, type Removals } from '../src/cards/removals.ts';
import { type CardStore, createCardStore } from '../src/cards/store.ts';
import { SHOP_WEBHOOK_PATH } from '../src/index.ts';
import { leave, NOW, order, PUBLIC_URL, useShop } from './shop.fixture.ts';

const fixture = useShop();
const MINUTE = 60_000;
const AAGUID = '00000000-0000-0000-0000-000000000000';

let cards: CardStore;
let robin: string;
let sasha: string;
beforeEach(async () => {
  cards = createCardStore({ pool: fixture.database.pool, clock: () => fixture.now });
  [robin, sasha] = await Promise.all([fixture.shopperId(), fixture.shopperId('sasha')]);
});

/** A card that the double holds too, saved by Robin. */
async function saveCard(lastFour = '4444', status: 'ACTIVE' | 'PENDING_ACTIVATION' = 'ACTIVE'): Promise<string> {
  const { bindingId } = fixture.network.holdBinding({ accounts: [], panLastFour: lastFour, status });
  await cards.saveCard({ shopperId: robin, card: { bindingId, brand: 'MASTERCARD', lastFour } });
  return bindingId;
}

const stateOf = async (bindingId: string) => (await cards.findCard({ shopperId: robin, bindingId }))?.state;
const queued = async () => {
  const { rows } = await fixture.database.pool.query('SELECT binding_id FROM shop_card_removal');
  return rows.map(({ binding_id }) => binding_id);
};

describe('a card that the shopper removes', () => {
  test('is gone from the page at once, and then from the network', async () => {
    const bindingId = await saveCard();
    const browser = await fixture.signedIn();
    const answer = await browser.submit(await browser.get('/cards'), '/cards/remove');
    expect(answer.headers.location).toBe('/cards?removed=1');
    const page = plainTextOf(await browser.get('/cards?removed=1'));
    expect(page).toContain('The card was removed here, and this shop can no longer use its passkey.');
    expect(page).toContain('You have no saved card yet.');
    const statusAtNetwork = () => fixture.network.heldBindings.find((held) => held.bindingId === bindingId)?.status;
    await expect.poll(statusAtNetwork).toBe('DELETED');
    await expect.poll(queued).toEqual([]);
  });

  describe('while the network', () => {
    let failures: Error[];
    let calls: string[];
    let meanwhile: () => Promise<void>;
    let removals: Removals;
    beforeEach(() => {
      failures = [];
      calls = [];
      meanwhile = async () => undefined;
      removals = createRemovals({
        pool: fixture.database.pool,
        bindings: {
          async remove(update) {
            calls.push('bindingId' in update ? update.bindingId : '');
            await meanwhile();
            const failure = failures.shift();
            if (failure) throw failure;
            return [];
          },
        },
        clock: () => fixture.now,
        log: { warn: () => undefined },
      });
    });
    const wait = (minutes: number) => {
      fixture.now = new Date(fixture.now.getTime() + minutes * MINUTE);
    };

    test('is down: the removal is tried again after growing pauses, until it is done', async () => {
      const bindingId = await saveCard();
      await cards.removeCard({ shopperId: robin, bindingId });
      failures = [0, 1].map(() => new MerchantError('NETWORK_UNREACHABLE', 'a test'));
      await removals.run();
      await removals.run();
      expect(calls).toHaveLength(1);
      wait(0.5);
      await removals.run();
      wait(0.5);
      await removals.run();
      expect(calls).toHaveLength(2);
      wait(0.5);
      await removals.run();
      expect([calls, await queued()]).toEqual([[bindingId, bindingId, bindingId], []]);
    });

    test('does not know the binding any more: there is nothing left to do', async () => {
      await cards.removeCard({ shopperId: robin, bindingId: await saveCard() });
      const refusal = { status: 404, reason: 'BINDING_NOT_FOUND', source: undefined, clockAheadSeconds: undefined };
      failures = [new MerchantError('NETWORK_REFUSED', 'a test', { refusal })];
      await removals.run();
      expect(await queued()).toEqual([]);
    });

    test('deletes a binding while the shopper saves the card again: the card has no passkey', async () => {
      const bindingId = await saveCard();
      await cards.removeCard({ shopperId: robin, bindingId });
      meanwhile = () =>
        cards.saveCard({ shopperId: robin, card: { bindingId, brand: 'MASTERCARD', lastFour: '4444' } });
      await removals.run();
      expect(await stateOf(bindingId)).toEqual({ status: 'DELETED', by: ['MERCHANT'] });
    });
  });

  test('twice, or by another shopper, changes nothing', async () => {
    const bindingId = await saveCard();
    await cards.removeCard({ shopperId: sasha, bindingId });
    expect([await queued(), await stateOf(bindingId)]).toEqual([[], { status: 'ACTIVE', by: [] }]);
    await cards.removeCard({ shopperId: robin, bindingId });
    await cards.removeCard({ shopperId: robin, bindingId });
    expect(await queued()).toEqual([bindingId]);
  });

  test('and saves again before the network was told: the removal is cancelled', async () => {
    const bindingId = await saveCard();
    await cards.removeCard({ shopperId: robin, bindingId });
    await cards.saveCard({ shopperId: robin, card: { bindingId, brand: 'MASTERCARD', lastFour: '4444' } });
    expect(await queued()).toEqual([]);
  });

  test('and another has as well keeps its binding for the other; of two who remove it at once, the last one queues it', async () => {
    const bindingId = await saveCard();
    const share = () =>
      cards.saveCard({ shopperId: sasha, card: { bindingId, brand: 'MASTERCARD', lastFour: '4444' } });
    await share();
    await cards.removeCard({ shopperId: robin, bindingId });
    expect(await queued()).toEqual([]);
    await cards.saveCard({ shopperId: robin, card: { bindingId, brand: 'MASTERCARD', lastFour: '4444' } });
    const shoppers = Array.from({ length: 16 }, (_, at) => (at % 2 === 0 ? robin : sasha));
    await Promise.all(shoppers.map((shopperId) => cards.removeCard({ shopperId, bindingId })));
    expect(await queued()).toEqual([bindingId]);
  });
});

describe('what others do with the binding', () => {
  let events: CardEvents;
  let searches: number;
  beforeEach(() => {
    searches = 0;
    const { network } = fixture;
    const readNow = async () =>
      network.heldBindings.map((held) => ({ ...held, createdAt: NOW, lastUsedAt: NOW, devices: [] }));
    const bindings: Pick<Bindings, 'search'> = {
      async search(by) {
        searches += 1;
        return (await readNow()).filter(
          (held) =>
            ('bindingId' in by && by.bindingId === held.bindingId) ||
            ('credentialId' in by && by.credentialId === held.credentialId),
        );
      },
    };
    events = createCardEvents({ cards, bindings, refresh: createCardRefresh({ cards, bindings }) });
  });
  const eventOf = (bindingId: string, triggeredBy: Actor = 'ISSUER') => ({ triggeredBy, data: { bindingId } });
  const change = (bindingId: string, action: 'SUSPEND' | 'RESUME' | 'DELETE' | 'ACTIVATE', by: Actor = 'ISSUER') =>
    fixture.network.changeBinding({ bindingId, action, by });

  test('blocked by its bank: marked, with whom to call, at checkout too, and it does not pay; unblocked: it pays again', async () => {
    const bindingId = await saveCard();
    change(bindingId, 'SUSPEND');
    await events.changed(eventOf(bindingId));
    const browser = await fixture.signedIn();
    const list = plainTextOf(await browser.get('/cards'));
    expect(list).toContain('Blocked Your bank has blocked this card’s passkey.');
    expect(list).toContain('please call your bank');
    const { orderId, page } = await order(browser);
    expect(page.body).not.toContain(`value="${bindingId}"`);
    expect(page.body).toMatch(/value="new" checked/);
    expect(plainTextOf(page)).toContain('Your bank has blocked this card’s passkey.');
    const before = fixture.network.sessions.length;
    const pay = () => browser.submit(page, `/orders/${orderId}/payment`, { card: bindingId });
    const refused = await pay();
    expect([refused.statusCode, fixture.network.sessions.length]).toEqual([422, before]);
    expect(refused.body).toMatch(/role="alert"><p>Your bank has blocked/);

    change(bindingId, 'RESUME');
    await events.changed(eventOf(bindingId));
    expect((await browser.get(`/orders/${orderId}/pay`)).body).toContain(`value="${bindingId}" checked`);
    expect((await pay()).statusCode).toBe(303);
  });

  test('not activated by its bank yet: says so, does not pay, and is kept; activated: it pays', async () => {
    const bindingId = await saveCard('4444', 'PENDING_ACTIVATION');
    await events.changed(eventOf(bindingId));
    const browser = await fixture.signedIn();
    expect(plainTextOf(await browser.get('/cards'))).toContain('Waiting for your bank Your bank has not activated');
    const { orderId, page } = await order(browser);
    expect(page.body).not.toContain(`value="${bindingId}"`);
    change(bindingId, 'SUSPEND');
    await events.changed(eventOf(bindingId));
    expect(await stateOf(bindingId)).toEqual({ status: 'PENDING_ACTIVATION', by: ['ISSUER'] });
    expect(plainTextOf(await browser.get('/cards'))).toContain('Your bank has blocked this card’s passkey.');
    change(bindingId, 'RESUME');
    change(bindingId, 'ACTIVATE');
    await events.changed(eventOf(bindingId));
    expect((await browser.get(`/orders/${orderId}/pay`)).body).toContain(`value="${bindingId}" checked`);
    expect((await browser.submit(page, `/orders/${orderId}/payment`, { card: bindingId })).statusCode).toBe(303);
  });

  test.each<[Actor, string]>([
    ['ISSUER', 'Your bank has removed this card’s passkey.'],
    ['CARDHOLDER', 'You have removed this card’s passkey at the card network.'],
    ['NETWORK', 'The card network has removed this card’s passkey.'],
    ['MERCHANT', 'This card’s passkey was removed.'],
  ])('deleted by %s: the card stays, says so, and can be added again', async (actor, text) => {
    const bindingId = await saveCard();
    change(bindingId, 'DELETE', actor);
    await events.deleted(eventOf(bindingId, actor));
    const page = await (await fixture.signedIn()).get('/cards');
    expect(plainTextOf(page)).toContain(`No passkey ${text}`);
    expect(page.body).toMatch(/href="\/cards\/new"[^>]*>Add again/);
    await saveCard();
    expect(await stateOf(bindingId)).toBeUndefined();
    expect(await cards.listCards(robin)).toHaveLength(1);
  });

  test('the passkey is deleted: each of its cards says so, and a card of another passkey does not', async () => {
    const [bindingId, other] = [await saveCard(), await saveCard('5100')];
    const credentialId = fixture.network.heldBindings.find((held) => held.bindingId === bindingId)?.credentialId ?? '';
    change(bindingId, 'DELETE', 'CARDHOLDER');
    await events.passkeyDeleted({ triggeredBy: 'CARDHOLDER', data: { credentialId } });
    expect(await stateOf(bindingId)).toEqual({ status: 'DELETED', by: ['CARDHOLDER'] });
    expect(await stateOf(other)).toEqual({ status: 'ACTIVE', by: [] });
  });

  test('a replaced card has the new last four digits', async () => {
    const bindingId = await saveCard();
    fixture.network.holdBinding({ accounts: [], bindingId, panLastFour: '5100' });
    await events.changed(eventOf(bindingId));
    expect(await cards.findCard({ shopperId: robin, bindingId })).toMatchObject({ lastFour: '5100' });
  });

  test.each(['deletion', 'replacement'])(
    'a card is replaced by one that is saved as well: one card is left; the event of the %s comes first',
    async (first) => {
      const [kept, merged] = [await saveCard(), await saveCard('5100')];
      fixture.network.holdBinding({ accounts: [], bindingId: kept, panLastFour: '5100' });
      change(merged, 'DELETE');
      const happened = [() => events.deleted(eventOf(merged)), () => events.changed(eventOf(kept))];
      for (const tell of first === 'deletion' ? happened : happened.toReversed()) await tell();
      const left = { bindingId: kept, lastFour: '5100', state: { status: 'ACTIVE' } };
      expect(await cards.listCards(robin)).toMatchObject([left]);
    },
  );

  test('an event that is late or repeated does not bring an old state back', async () => {
    const bindingId = await saveCard();
    change(bindingId, 'SUSPEND');
    change(bindingId, 'SUSPEND', 'NETWORK');
    await events.changed(eventOf(bindingId));
    expect(await stateOf(bindingId)).toEqual({ status: 'SUSPENDED', by: ['ISSUER', 'NETWORK'] });
    change(bindingId, 'RESUME');
    change(bindingId, 'RESUME', 'NETWORK');
    for (const _ of ['resumed', 'suspended, late', 'resumed, again']) await events.changed(eventOf(bindingId));
    expect(await stateOf(bindingId)).toEqual({ status: 'ACTIVE', by: [] });
    await events.deleted(eventOf(bindingId));
    await events.changed(eventOf(bindingId));
    await events.deleted(eventOf(bindingId));
    expect(await stateOf(bindingId)).toEqual({ status: 'DELETED', by: ['ISSUER'] });
  });

  test('an answer that comes after that of a later reading is dropped', async () => {
    const bindingId = await saveCard();
    const [first = '', second = ''] = [await cards.beginReading(bindingId), await cards.beginReading(bindingId)];
    const note = (reading: string, by: readonly Actor[]) =>
      cards.noteReading({
        reading,
        bindingId,
        status: { status: by.length > 0 ? 'SUSPENDED' : 'ACTIVE', by },
        lastFour: undefined,
      });
    await note(second, []);
    await note(first, ['ISSUER']);
    expect(await stateOf(bindingId)).toEqual({ status: 'ACTIVE', by: [] });
  });

  test('an event of a card that is not saved here is not looked up', async () => {
    await events.changed(eventOf('binding-elsewhere'));
    expect(searches).toBe(0);
  });
});

describe('a payment with a saved card whose event is still on its way', () => {
  const pay = async (bindingId: string) => {
    const { answer } = await leave(await fixture.signedIn(), { card: bindingId });
    return answer;
  };

  test('is started with the last four digits of the new card', async () => {
    const bindingId = await saveCard();
    fixture.network.holdBinding({ accounts: [], bindingId, panLastFour: '5100' });
    expect((await pay(bindingId)).statusCode).toBe(303);
    const { rows } = await fixture.database.pool.query('SELECT last_four FROM payment_passkey_payment');
    expect(rows).toEqual([{ last_four: '5100' }]);
  });

  test('is not started with a blocked one', async () => {
    const bindingId = await saveCard();
    fixture.network.changeBinding({ bindingId, action: 'SUSPEND', by: 'ISSUER' });
    const answer = await pay(bindingId);
    expect([answer.statusCode, plainTextOf(answer)]).toEqual([422, expect.stringContaining('Your bank has blocked')]);
  });

  test('is started all the same if the network does not answer the search', async () => {
    const bindingId = await saveCard();
    fixture.network.answerWith('/bindings/searches', { status: 500, body: {} });
    expect((await pay(bindingId)).statusCode).toBe(303);
  });
});

describe('the network’s events', () => {
  /** The network's delivery to the webhook. `body` replaces the signed one. */
  const deliver = async (event: EventEnvelope, body?: string) => {
    const request = fixture.network.buildDelivery(event);
    const headers = Object.fromEntries(request.headers);
    const payload = body ?? (await request.text());
    return fixture.shop.inject({ method: 'POST', url: SHOP_WEBHOOK_PATH, headers, payload });
  };
  const suspend = (bindingId: string) => {
    fixture.network.changeBinding({ bindingId, action: 'SUSPEND', by: 'ISSUER' });
    const data = { bindingId, credentialId: 'credential', reasonCode: 'DEVICE_LOST', suspendedBy: ['ISSUER'] } as const;
    return fixture.network.makeEvent({
      type: 'binding.suspended',
      triggeredBy: 'ISSUER',
      data: { ...data, suspendedBy: ['ISSUER'] },
    });
  };
  const BLOCKED = { status: 'SUSPENDED', by: ['ISSUER'] };

  test('come to the webhook, signed, without a session of a browser; a repeat changes nothing', async () => {
    const bindingId = await saveCard();
    const event = suspend(bindingId);
    expect((await deliver(event, JSON.stringify({ ...event, triggeredBy: 'NETWORK' }))).statusCode).toBe(401);
    expect(await stateOf(bindingId)).toEqual({ status: 'ACTIVE', by: [] });
    expect(fixture.lines.join()).toContain('a delivery to the webhook was refused');
    for (const _ of ['once', 'again']) expect((await deliver(event)).statusCode).toBe(204);
    expect(await stateOf(bindingId)).toEqual(BLOCKED);
  });

  test('that were missed are read when the shop starts', async () => {
    const bindingId = await saveCard();
    suspend(bindingId);
    await (await fixture.open()).ready();
    await expect.poll(() => stateOf(bindingId)).toEqual(BLOCKED);
  });

  test('that cannot be handled because the network is down are delivered again', async () => {
    const bindingId = await saveCard();
    const event = suspend(bindingId);
    fixture.network.answerWith('/bindings/searches', { status: 503, body: {} });
    expect((await deliver(event)).statusCode).toBe(503);
    fixture.network.answerWith('/bindings/searches', undefined);
    expect((await deliver(event)).statusCode).toBe(204);
    expect(await stateOf(bindingId)).toEqual(BLOCKED);
  });

  test('say how the passkey of a payment is kept, for its receipt', async () => {
    const browser = await fixture.signedIn();
    const { orderId } = await leave(browser);
    const receipt = async () => plainTextOf(await browser.get(`/orders/${orderId}`));
    const approve = (backupEligible: boolean) =>
      deliver(
        fixture.network.makeEvent({
          type: 'payment.approved',
          data: {
            authenticationSessionId: fixture.network.sessions.at(-1)?.authenticationSessionId ?? '',
            bindingId: 'binding-1',
            credentialId: 'credential-1',
            merchantName: 'Tidewick',
            merchantOrigin: PUBLIC_URL,
            amount: '55.00',
            currency: 'USD',
            panLastFour: '4444',
            orderId,
            authenticator: { aaguid: AAGUID, backupEligible, backedUp: backupEligible, attestation: 'NONE' },
          },
        }),
      );
    expect((await approve(true)).statusCode).toBe(204);
    await browser.get(await fixture.success());
    expect(await receipt()).toContain('Approved with a passkey that your devices share.');
    await approve(false);
    expect(await receipt()).toContain('Approved with a passkey that stays on one device.');
  });

  test('warn the operator of a key that expires', async () => {
    const data = { fingerprint: 'ab'.repeat(32), expiresAt: '2026-12-24T10:00:00.000Z' };
    await deliver(fixture.network.makeEvent({ type: 'client.key-expiring', data }));
    expect(fixture.lines.join()).toContain('the key of this shop at the network expires');
  });
});
