import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';

/** Four different free ports. Each is held until all four are known. */
export async function freePorts(): Promise<{
  readonly network: number;
  readonly bank: number;
  readonly shop: number;
  readonly console: number;
}> {
  const probes = [createServer(), createServer(), createServer(), createServer()];
  const ports: number[] = [];
  for (const probe of probes) {
    await once(probe.listen(0, '127.0.0.1'), 'listening');
    ports.push((probe.address() as AddressInfo).port); // it listens on TCP
  }
  for (const probe of probes) {
    probe.close();
    await once(probe, 'close');
  }
  const [network = 0, bank = 0, shop = 0, console = 0] = ports;
  return { network, bank, shop, console };
}

/** The settings of `npm start` for these ports. */
export function portSettings({ network, bank, shop, console }: Awaited<ReturnType<typeof freePorts>>) {
  return {
    NETWORK_PORT: String(network),
    BANK_PORT: String(bank),
    SHOP_PORT: String(shop),
    CONSOLE_PORT: String(console),
  };
}
