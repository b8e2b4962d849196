/**
 * Which proxies are believed, and their `X-Forwarded-For` without ports. Some proxies add the port; each connection would then count as another
 * caller.
 */
import { isIP, SocketAddress } from 'node:net';
import proxyAddress from '@fastify/proxy-addr';
import type { NetworkServer } from './network-server.ts';

/** The most peers that are remembered. Only proxies are peers of a network in production. */
const MAX_PEERS = 1000;

/**
 * Fastify's `trustProxy` for TRUST_PROXY. Fastify asks for the peer of each request several times (decision 124), so the answers for peers are
 * remembered; an address in the header (`hop` above 0) can be anything.
 */
export function trustProxies(entries: readonly string[]): (address: string, hop: number) => boolean {
  const trusts = proxyAddress.compile([...entries]);
  const peers = new Map<string, boolean>();
  return (address, hop) => {
    if (hop > 0) return trusts(address, hop);
    const known = peers.get(address);
    if (known !== undefined) return known;
    if (peers.size >= MAX_PEERS) peers.clear();
    const trusted = trusts(address, hop);
    peers.set(address, trusted);
    return trusted;
  };
}

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
  return list.includes(',') ? list.split(',').map(readAddress).join(', ') : readAddress(list);
}

const WITH_PORT = /^(\d{1,3}(\.\d{1,3}){3}|\[[0-9a-f:.]+\])(:\d{1,5})?$/i;

function readAddress(entry: string): string {
  const text = entry.trim();
  if (isIP(text) !== 0) return text;
  return (WITH_PORT.test(text) ? SocketAddress.parse(text)?.address : undefined) ?? NO_ADDRESS;
}
