/** `X-Forwarded-For` without ports: a caller is an address. Some proxies write the port beside it, and each connection would be another caller. */
import { isIP, SocketAddress } from 'node:net';
import type { NetworkServer } from './network-server.ts';

/** What stands where a proxy wrote no address: `unknown`, as RFC 7239 §6.2 spells it. No text of a header gets into a log line or a counter. */
const NO_ADDRESS = 'unknown';

/** Has to be the first hook: Fastify makes `request.ip` of the header, for the proxies that it is told to trust, each time it is read. */
export function readForwardedAddresses(app: NetworkServer): void {
  app.addHook('onRequest', (request, _reply, proceed) => {
    const { headers } = request.raw;
    const given = headers['x-forwarded-for'];
    if (given !== undefined) headers['x-forwarded-for'] = withoutPorts(String(given));
    proceed();
  });
}

/** A list of addresses as a proxy wrote it: each alone, of IPv6 without brackets. */
export function withoutPorts(list: string): string {
  return list.split(',').map(readAddress).join(', ');
}

const WITH_PORT = /^(\d{1,3}(\.\d{1,3}){3}|\[[0-9a-f:.]+\])(:\d{1,5})?$/i;

function readAddress(entry: string): string {
  const text = entry.trim();
  if (isIP(text) !== 0) return text;
  return (WITH_PORT.test(text) ? SocketAddress.parse(text)?.address : undefined) ?? NO_ADDRESS;
}
