/** A network with a bank and a shop, and a record of everything that leaves it. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { startTraceCollector, type TraceCollector } from '@payment-passkeys/testkit';
import { vi } from 'vitest';
import { readRegistration } from '../src/domain/clients/registration.ts';
import { saveClient } from '../src/domain/clients/store.ts';
import { bySetUp } from './by-set-up.ts';
import { startTestShop, type TestShop } from './shop.ts';

export interface RecordedNetwork {
  readonly at: TestShop;
  readonly collector: TraceCollector;
  /** Stops all but the network, which the last test stops. */
  readonly stop: () => Promise<void>;
}

export type CanaryRecord = ReturnType<typeof createRecord>;

/** The record is empty until `start`. */
export function createRecord() {
  const logLines: string[] = [];
  const toLog = { write: (line: string) => void logLines.push(line) };
  /** Every answer with its headers, and every requested address. */
  const answers: string[] = [];
  const addresses: string[] = [];
  /** Every delivery of an event, with its headers. */
  const deliveries: string[] = [];
  const webhook = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    deliveries.push(JSON.stringify(request.headers), Buffer.concat(chunks).toString());
    response.writeHead(204).end();
  });

  async function start(): Promise<RecordedNetwork> {
    const fetched = globalThis.fetch;
    vi.spyOn(globalThis, 'fetch').mockImplementation(async (input, init) => {
      const response = await fetched(input, init);
      addresses.push(input instanceof Request ? input.url : String(input));
      answers.push(JSON.stringify([...response.headers]), await response.clone().text());
      return response;
    });
    const collector = await startTraceCollector();
    const env = { LOG_LEVEL: 'debug', OTEL_EXPORTER_OTLP_ENDPOINT: collector.url };
    const at = await startTestShop(env, { logStream: toLog });
    const { network, issuer, shop } = at;
    await new Promise<void>((resolve) => webhook.listen(0, '127.0.0.1', resolve));
    const types = ['binding.*', 'passkey.*', 'payment.*', 'session.*'];
    const uri = `http://bank.localhost:${(webhook.address() as AddressInfo).port}/events`;
    const bank = { ...network.client.registration, verification: issuer.verification };
    for (const registration of [bank, shop.registration]) {
      const client = readRegistration({ ...registration, webhooks: [{ uri, types }] });
      await saveClient(network.database.pool, client, bySetUp(network.now));
    }
    const stop = async () => {
      vi.restoreAllMocks();
      await collector.stop();
      webhook.closeAllConnections();
      await new Promise((resolve) => webhook.close(resolve));
    };
    return { at, collector, stop };
  }
  return { logLines, toLog, answers, addresses, deliveries, start };
}
