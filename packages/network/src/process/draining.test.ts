/** A server that drains, on real connections. */
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { Agent, createServer, get, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import type { DrainSettings } from '../platform/config/config.ts';
import { prepareDrain } from './draining.ts';

const agent = new Agent({ keepAlive: true, maxSockets: 1 });
afterEach(() => agent.destroy());

async function startServer(settings: Partial<DrainSettings>, answer: (response: ServerResponse) => void) {
  const server = createServer((_request, response) => answer(response));
  const drain = prepareDrain(server, { delaySeconds: 0, timeoutSeconds: 10, ...settings });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo; // it listens on TCP
  const ask = async (by: Agent | false = agent) => {
    const [response] = (await once(get({ port, host: '127.0.0.1', agent: by }), 'response')) as [IncomingMessage];
    response.resume();
    await once(response, 'end');
    return response;
  };
  return { drain, ask, server };
}

test('while it delays, new connections are served, and every answer ends its connection', async () => {
  const { drain, ask } = await startServer({ delaySeconds: 1 }, (response) => response.end());
  expect((await ask()).headers.connection).toBe('keep-alive');
  expect(drain.begun()).toBe(false);
  const drained = drain.run();
  expect(drain.begun()).toBe(true);
  const onTheOldConnection = await ask();
  const onANewOne = await ask(new Agent({ keepAlive: true }));
  expect([onTheOldConnection, onANewOne].map(({ statusCode, headers }) => [statusCode, headers.connection])).toEqual([
    [200, 'close'],
    [200, 'close'],
  ]);
  expect(await drained).toBe(true);
  await expect(ask()).rejects.toMatchObject({ code: 'ECONNREFUSED' });
});

describe('a stop at once', () => {
  test('cuts connections on which nothing was asked, or nothing runs, and takes no new ones', async () => {
    const { drain, ask, server } = await startServer({ timeoutSeconds: 600 }, (response) => response.end());
    const { port } = server.address() as AddressInfo; // it listens on TCP
    const silent = connect(port, '127.0.0.1');
    await Promise.all([once(silent, 'connect'), once(server, 'connection')]);
    await ask();
    await drain.stop();
    await once(silent.resume(), 'close');
    await expect(ask()).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  test('finishes a request that runs', async () => {
    const waiting: ServerResponse[] = [];
    const { drain, ask, server } = await startServer({}, (response) => waiting.push(response));
    const asked = ask();
    await once(server, 'request');
    const stopped = drain.stop();
    for (const response of waiting) response.end();
    expect((await asked).headers.connection).toBe('close');
    await stopped;
  });

  test('does not wait longer than timeoutSeconds', async () => {
    const { drain, ask, server } = await startServer({ timeoutSeconds: 0 }, () => {});
    const asked = ask();
    asked.catch(() => {});
    await once(server, 'request');
    await drain.stop();
    await expect(asked).rejects.toMatchObject({ code: 'ECONNRESET' });
  });
});

test('a request that runs comes to its answer, which ends the connection', async () => {
  const waiting: ServerResponse[] = [];
  const { drain, ask, server } = await startServer({}, (response) => waiting.push(response));
  const asked = ask();
  await once(server, 'request');
  const drained = drain.run();
  await expect.poll(() => server.listening, { timeout: 5_000 }).toBe(false);
  for (const response of waiting) response.end();
  expect((await asked).headers.connection).toBe('close');
  expect(await drained).toBe(true);
});

test('an idle connection may still be used for a second, and does not hold the drain up for longer', async () => {
  const { drain, ask, server } = await startServer({}, (response) => response.end());
  await ask();
  const drained = drain.run();
  await expect.poll(() => server.listening, { timeout: 5_000 }).toBe(false);
  expect((await ask()).headers.connection).toBe('close');
  expect(await drained).toBe(true);
  const other = await startServer({}, (response) => response.end());
  await other.ask();
  expect(await other.drain.run()).toBe(true);
});

test('what is not answered when the time is over is cut off', async () => {
  const { drain, ask, server } = await startServer({ timeoutSeconds: 0.2 }, () => {});
  const asked = ask();
  asked.catch(() => {});
  await once(server, 'request');
  expect(await drain.run()).toBe(false);
  await expect(asked).rejects.toMatchObject({ code: 'ECONNRESET' });
});

test('a response that has ended is garbage for a young collection, after a full one too (decision 124)', () => {
  const program = `
    import { EventEmitter } from 'node:events';
    import { getHeapSpaceStatistics } from 'node:v8';
    import { prepareDrain } from ${JSON.stringify(new URL('draining.ts', import.meta.url).href)};
    const server = new EventEmitter();
    prepareDrain(server, { delaySeconds: 0, timeoutSeconds: 1 });
    const underWay = [];
    const answer = (count) => {
      for (let n = 0; n < count; n++) {
        const response = Object.assign(new EventEmitter(), { content: new Array(200).fill(n) });
        server.emit('request', {}, response);
        if (underWay.push(response) > 8) underWay.shift().emit('close');
      }
    };
    const oldBytes = () => getHeapSpaceStatistics().find((space) => space.space_name === 'old_space').space_used_size;
    answer(20_000);
    gc(); // makes the responses under way old objects
    const before = oldBytes();
    answer(20_000);
    console.log(oldBytes() - before);`;
  // So large an old generation needs no full collection, which would hide what outlived the young ones.
  const flags = ['--conditions=source', '--expose-gc', '--initial-old-space-size=1000', '--input-type=module'];
  const kept = Number(execFileSync(process.execPath, [...flags, '--eval', program], { cwd: import.meta.dirname }));
  expect(kept).toBeLessThan(3_000_000); // of 32 MB
});
