/**
 * Which addresses the network connects to when a client names the host. A connection is checked by the address that its socket uses, so a
 * name that resolves differently the second time (DNS rebinding) changes nothing.
 */
import { lookup as resolve } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import { isLocalhost } from '@payment-passkeys/protocol';
import ipaddr from 'ipaddr.js';

/** PUBLIC: the internet. PUBLIC_AND_LOOPBACK: also this machine, for the sandbox. */
export type Reach = 'PUBLIC' | 'PUBLIC_AND_LOOPBACK';

/**
 * Global unicast (IANA, IPv6 Global Unicast Address Assignments). An address outside of it, such as in fec0::/10 or 64:ff9b:1::/48, is no address
 * of the internet.
 */
const GLOBAL_IPV6 = ipaddr.parseCIDR('2000::/3');

/**
 * Whether an IP address is one of the internet: not private, loopback, link-local (the metadata services of clouds), shared (CGNAT), unique local,
 * multicast, reserved or for documentation. False for an IPv6 address that stands for an IPv4 one (mapped, NAT64, 6to4, Teredo), whatever that
 * IPv4 address is.
 */
export function isPublicAddress(address: string): boolean {
  if (isIP(address) === 0) return false;
  const parsed = ipaddr.parse(address);
  if (parsed.range() !== 'unicast') return false;
  return !(parsed instanceof ipaddr.IPv6) || parsed.match(GLOBAL_IPV6);
}

export function isLoopbackAddress(address: string): boolean {
  return isIP(address) !== 0 && ipaddr.parse(address).range() === 'loopback';
}

export class AddressNotAllowedError extends Error {
  override readonly name = 'AddressNotAllowedError';
  readonly code = 'ADDRESS_NOT_PUBLIC';
}

function isAllowed(address: string, reach: Reach): boolean {
  return isPublicAddress(address) || (reach === 'PUBLIC_AND_LOOPBACK' && isLoopbackAddress(address));
}

/** For a host that is an address itself: a socket does not look that up. Throws {@link AddressNotAllowedError}. `host` is a URL's hostname. */
export function assertHostAllowed(host: string, reach: Reach): void {
  const address = host.replace(/^\[(.*)\]$/, '$1');
  if (isIP(address) !== 0 && !isAllowed(address, reach)) throw new AddressNotAllowedError();
}

const LOOPBACK = [
  { address: '127.0.0.1', family: 4 },
  { address: '::1', family: 6 },
];

/**
 * A `lookup` for sockets that fails with {@link AddressNotAllowedError} if one of the addresses of the name is not allowed. Names that end
 * with `.localhost` are loopback (RFC 6761 §6.3), because Node's resolver does not know them on every system.
 */
export function guardedLookup(reach: Reach, lookUp: typeof resolve = resolve): LookupFunction {
  return (hostname, options, callback) => {
    const settle = (addresses: readonly { readonly address: string; readonly family: number }[]) => {
      const [first] = addresses;
      if (first === undefined || !addresses.every(({ address }) => isAllowed(address, reach)))
        return callback(new AddressNotAllowedError(), '');
      return options.all === true ? callback(null, [...addresses]) : callback(null, first.address, first.family);
    };
    if (isLocalhost(hostname.toLowerCase())) return settle(LOOPBACK);
    lookUp(hostname, { ...options, all: true }, (error, addresses) =>
      error === null ? settle(addresses) : callback(error, ''),
    );
  };
}
