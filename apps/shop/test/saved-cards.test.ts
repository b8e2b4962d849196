/** Saved cards and their bindings at the network: removed there too, blocked, deleted, replaced; whatever the order of the events. */
import { type Actor, type Bindings, MerchantError } from '@payment-passkeys/merchant/server';
import { plainTextOf } from '@payment-passkeys/web/testing';
import { beforeEach, describe, expect, test } from 'vitest';
import { type CardEvents, createCardEvents } from '../src/cards/network-events.ts';
import { createCardRefresh } from '../src/cards/refresh.ts';
import { createRemovals, type Removals } from '../src/cards/removals.ts';
import { cards, fixture, robin, sasha, saveCard, stateOf, useSavedCards } from './saved-cards.fixture.ts';
import { leave, NOW, order } from './shop.fixture.ts';

useSavedCards();

const MINUTE = 60_000;

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
