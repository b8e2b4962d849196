/** The reader of events at a bank (contract §16): it pulls them by a cursor. */
import { describe, expect, test } from 'vitest';
import { refuse } from '../testing/index.ts';
import {
  heard,
  issuer,
  network,
  note,
  SUSPENDED,
  store,
  time,
  useEventsBank,
  webhookOn,
} from './events-bank.fixture.ts';
import type { EventHandlers, EventStore } from './index.ts';

useEventsBank();

describe('the reader', () => {
  const readerOn = (on: EventHandlers = { otherwise: note }, kept = store) => issuer.events.reader({ store: kept, on });

  test('reads from the oldest event on, page by page, and then only what is new', async () => {
    const reader = readerOn();
    const made = Array.from({ length: 250 }, () => network.makeEvent(SUSPENDED));
    expect(await reader.readOnce()).toEqual({ handled: 250, repeated: 0 });
    expect(heard).toEqual(made);
    const later = network.makeEvent(SUSPENDED);
    expect(await readerOn().readOnce()).toEqual({ handled: 1, repeated: 0 });
    expect(heard.at(-1)).toEqual(later);
    expect(await reader.readOnce()).toEqual({ handled: 0, repeated: 0 });
  });

  test('drops what the webhook has handled', async () => {
    const event = network.makeEvent(SUSPENDED);
    await webhookOn()(network.buildDelivery(event));
    network.makeEvent(SUSPENDED);
    expect(await readerOn().readOnce()).toEqual({ handled: 1, repeated: 1 });
    expect(heard).toHaveLength(2);
  });

  test('a handler that throws ends the reading with its own error; the next one begins with the same event', async () => {
    const [first, second, third] = [
      network.makeEvent(SUSPENDED),
      network.makeEvent(SUSPENDED),
      network.makeEvent(SUSPENDED),
    ];
    const failure = new Error('the bank is down');
    const failing = readerOn({
      otherwise: (event) => (event.id === second?.id ? Promise.reject(failure) : note(event)),
    });
    await expect(failing.readOnce()).rejects.toBe(failure);
    expect(heard).toEqual([first]);
    expect(await readerOn().readOnce()).toEqual({ handled: 2, repeated: 1 });
    expect(heard).toEqual([first, second, third]);
  });

  test('a store that fails is STORE_UNAVAILABLE, and the event is read again', async () => {
    network.makeEvent(SUSPENDED);
    const failing: EventStore = { ...store, noteCursor: () => Promise.reject(new Error('connection lost')) };
    await expect(readerOn(undefined, failing).readOnce()).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    expect(await readerOn().readOnce()).toEqual({ handled: 0, repeated: 1 });
  });

  test('a cursor that is too old: it begins again with the oldest event, and says so', async () => {
    network.makeEvent(SUSPENDED);
    await readerOn().readOnce();
    time.pass(31 * 24 * 3600 * 1000);
    network.makeEvent(SUSPENDED);
    const oldest = network.makeEvent(SUSPENDED);
    network.forgetEvents(1);
    expect(await readerOn().readOnce()).toEqual({
      handled: 1,
      repeated: 0,
      beganAgainAt: { timestamp: oldest.timestamp },
    });
    expect(await readerOn().readOnce()).toEqual({ handled: 0, repeated: 0 });
  });

  test('a reader that looked within thirty days has missed nothing, though its last event is gone', async () => {
    network.makeEvent(SUSPENDED);
    await readerOn().readOnce();
    time.pass(29 * 24 * 3600 * 1000);
    await readerOn().readOnce();
    time.pass(2 * 24 * 3600 * 1000);
    network.forgetEvents(0);
    network.makeEvent(SUSPENDED);
    expect(await readerOn().readOnce()).toEqual({ handled: 1, repeated: 0 });
  });

  test('a cursor that the network does not know (EVENT_NOT_FOUND): it begins again, says so, and repeats nothing', async () => {
    await readerOn().readOnce();
    const event = network.makeEvent(SUSPENDED);
    await readerOn().readOnce();
    network.injectFaults(refuse('EVENT_NOT_FOUND'));
    const read = await readerOn().readOnce();
    expect(read).toEqual({ handled: 0, repeated: 1, beganAgainAt: { timestamp: event.timestamp } });
  });

  test('an event that cannot be read stops it there, and is named without its values', async () => {
    network.makeEvent(SUSPENDED);
    const wrong = network.makeEvent({
      ...SUSPENDED,
      data: { ...SUSPENDED.data, reasonCode: 'BORED' as 'DEVICE_LOST' },
    });
    const error: unknown = await readerOn()
      .readOnce()
      .catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'NETWORK_ANSWER_INVALID', message: expect.stringContaining(wrong.id) });
    expect(String(error)).not.toContain('BORED');
    expect(heard).toHaveLength(1);
  });

  test('an abort ends it with the event at hand, and nothing is repeated', async () => {
    const abort = new AbortController();
    for (let i = 0; i < 3; i++) network.makeEvent(SUSPENDED);
    const on: EventHandlers = {
      otherwise: (event) => {
        note(event);
        abort.abort();
      },
    };
    expect(await readerOn(on).readOnce({ signal: abort.signal })).toEqual({ handled: 1, repeated: 0 });
    expect(await readerOn().readOnce()).toEqual({ handled: 2, repeated: 1 });
  });

  test('run reads on an interval, tells what failed, and ends with the signal', async () => {
    const abort = new AbortController();
    const read: unknown[] = [];
    const errors: unknown[] = [];
    network.makeEvent(SUSPENDED);
    network.injectFaults('GARBAGE');
    const waited = time.waits.length;
    await readerOn().run({
      everySeconds: 60,
      signal: abort.signal,
      onRead: (each) => {
        read.push(each);
        if (read.length === 2) abort.abort();
      },
      onError: (error) => void errors.push(error),
    });
    expect(errors).toMatchObject([{ name: 'IssuerError', code: 'NETWORK_ANSWER_INVALID' }]);
    expect(read).toEqual([
      { handled: 1, repeated: 0 },
      { handled: 0, repeated: 0 },
    ]);
    expect(time.waits.slice(waited)).toEqual([60_000, 60_000]);
  });

  test.each([
    ['no signal', { everySeconds: 60 }, 'signal'],
    ['no interval', { signal: new AbortController().signal }, 'everySeconds'],
  ])('run with %s is INVALID_OPTIONS', async (_title, options, named) => {
    const call = readerOn().run(options as Parameters<ReturnType<typeof readerOn>['run']>[0]);
    await expect(call).rejects.toMatchObject({ code: 'INVALID_OPTIONS', message: expect.stringContaining(named) });
  });
});
