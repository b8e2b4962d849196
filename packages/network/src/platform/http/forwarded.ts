/** `X-Forwarded-For` without ports. Some proxies add the port; each connection would then count as another caller. */
import { isIP, SocketAddress } from 'node:net';
import type { NetworkServer } from './network-server.ts';

/** Replaces what is not an address, in the spelling of RFC 7239 §6.2. So no text of a header gets into a log line or a counter. */
const NO_ADDRESS = 'unknown';

/** Must be the first hook: Fastify computes `request.ip` from the header each time it is read. */
export function readForwardedAddresses(app: NetworkServer): void {
  app.addHook('onRequest', (request, _reply, proceed) => {
    const { headers } = request.raw;
    const given = headers['x-forwarded-for'];
    if (given !== undefined) headers['x-forwarded-for'] = withoutPorts(String(given));
    proceed();
  });
}

/** The same list with bare addresses: without ports and brackets. */
export function withoutPorts(list: string): string {
  return list.split(',').map(readAddress).join(', ');
}

const WITH_PORT = /^(\d{1,3}(\.\d{1,3}){3}|\[[0-9a-f:.]+\])(:\d{1,5})?$/i;

function readAddress(entry: string): string {
  const text = entry.trim();
  if (isIP(text) !== 0) return text;
  return (WITH_PORT.test(text) ? SocketAddress.parse(text)?.address : undefined) ?? NO_ADDRESS;
}
