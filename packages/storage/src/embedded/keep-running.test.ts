import { EventEmitter } from 'node:events';
import type pg from 'pg';
import { expect, test } from 'vitest';
import { keepRunning } from './keep-running.ts';

const MINUTE = 60_000;

/** A server whose connections can all be broken at once; `fails` makes the next start fail. */
function setUp() {
  const at = { now: 0, fails: false, said: [] as string[], presences: [] as EventEmitter[] };
  const connect = () => {
    const presence = new EventEmitter();
    at.presences.push(presence);
    return presence as unknown as pg.Client; // the watch only listens for 'end'
  };
  const watch = keepRunning({
    presence: connect(),
    rejoin: async () => {
      if (at.fails) throw new Error('no room on the disk');
      return connect();
    },
    log: (line) => at.said.push(line),
    now: () => at.now,
  });
  const die = async () => {
    at.presences.at(-1)?.emit('end');
    await new Promise(setImmediate);
  };
  return Object.assign(at, { watch, die });
}

test('a server that has ended is started again, and a line says so', async () => {
  const server = setUp();
  await server.die();
  expect(server.said).toEqual([
    'The embedded PostgreSQL has ended, and is started again.',
    'The embedded PostgreSQL runs again.',
  ]);
  expect(await server.watch.end()).toBe(server.presences[1]);
});

test('not a sixth time within ten minutes; later again', async () => {
  const server = setUp();
  for (let times = 0; times < 6; times++) await server.die();
  expect(server.presences).toHaveLength(6);
  expect(server.said.at(-1)).toMatch(/has ended 6 times within ten minutes, and is not started again/);

  const slower = setUp();
  for (let times = 0; times < 12; times++) {
    await slower.die();
    slower.now += 3 * MINUTE;
  }
  expect(slower.presences).toHaveLength(13);
});

test('a start that fails is told with its reason, and tried no more', async () => {
  const server = setUp();
  server.fails = true;
  await server.die();
  expect(server.said.at(-1)).toBe('The embedded PostgreSQL could not be started again: no room on the disk');
});

test('once the watch has ended, a connection that ends is nothing to act on', async () => {
  const server = setUp();
  await server.watch.end();
  await server.die();
  expect(server.said).toEqual([]);
});
