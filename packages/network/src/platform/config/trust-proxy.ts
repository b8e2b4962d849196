/** TRUST_PROXY: the proxies whose X-Forwarded-For and X-Forwarded-Proto are trusted. */
import ipaddr from 'ipaddr.js';

/** Fastify's names of the networks that are not routed on the Internet. */
export const NAMED_NETWORKS = ['loopback', 'linklocal', 'uniquelocal'];

/**
 * No operator's proxies have more than a sixteenth of the IPv4 or IPv6 addresses. A larger list, in one network or in all, would trust
 * strangers.
 */
const LARGEST_SHARE = 16n;

/** What is wrong with the list, as a sentence that follows the setting's name; undefined when it is valid. */
export function findFaultOfProxies(entries: readonly string[]): string | undefined {
  const networks = entries.filter((entry) => !NAMED_NETWORKS.includes(entry)).map(readNetwork);
  if (!networks.every((network) => network !== undefined)) {
    return `has to be a list of addresses, networks such as 10.0.0.0/8, or ${NAMED_NETWORKS.join(', ')}.`;
  }
  const tooMany = ([4, 6] as const).find(
    (version) => countAddresses(networks.filter((network) => network.version === version)) > limitOf(version),
  );
  return (
    tooMany &&
    `adds up to more than a sixteenth of all IPv${tooMany} addresses, so that strangers would be believed: name the proxies in front alone.`
  );
}

interface Network {
  readonly version: 4 | 6;
  readonly first: bigint;
  /** Included. */
  readonly last: bigint;
}

const bitsOf = (version: 4 | 6) => (version === 4 ? 32 : 128);
const limitOf = (version: 4 | 6) => 2n ** BigInt(bitsOf(version)) / LARGEST_SHARE;

/** IPv4 within IPv6 (::ffff:0:0/96) counts as IPv4, as the server compares it (RFC 4291 §2.5.5.2). */
function readNetwork(entry: string): Network | undefined {
  const [text = '', prefix, more] = entry.split('/');
  // A zone (RFC 4007 §11) means something on one machine only.
  if (
    more !== undefined ||
    text.includes('%') ||
    !(ipaddr.IPv4.isValidFourPartDecimal(text) || ipaddr.IPv6.isValid(text))
  )
    return undefined;
  const address = ipaddr.parse(text);
  const length = address.toByteArray().length * 8;
  const bits = prefix === undefined ? length : /^\d{1,3}$/.test(prefix) ? Number(prefix) : -1;
  if (bits < 0 || bits > length) return undefined;
  const mapped = address instanceof ipaddr.IPv6 && address.isIPv4MappedAddress() && bits >= 96;
  const bytes = mapped ? address.toIPv4Address().toByteArray() : address.toByteArray();
  const version = bytes.length === 4 ? 4 : 6;
  const size = 2n ** BigInt(length - bits);
  const value = BigInt(`0x${Buffer.from(bytes).toString('hex')}`);
  const first = value - (value % size);
  return { version, first, last: first + size - 1n };
}

/** The number of addresses in all networks, each counted once. */
function countAddresses(networks: readonly Network[]): bigint {
  let [total, next] = [0n, 0n];
  for (const { first, last } of networks.toSorted((a, b) => (a.first < b.first ? -1 : 1))) {
    if (last < next) continue;
    total += last - (first > next ? first : next) + 1n;
    next = last + 1n;
  }
  return total;
}
