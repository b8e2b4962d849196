/** TRUST_PROXY: whose X-Forwarded-For and X-Forwarded-Proto are believed. */
import ipaddr from 'ipaddr.js';

/** Fastify's names of the networks that are nobody's on the Internet. */
export const NAMED_NETWORKS = ['loopback', 'linklocal', 'uniquelocal'];

/**
 * The proxies of nobody are more than a sixteenth of the addresses of IPv4, or of IPv6. More than that, in one network or added up, would
 * believe what anybody says.
 */
const LARGEST_SHARE = 16n;

/** What is wrong with the list, to be read behind the setting's name; undefined when it will do. */
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
  // A zone (RFC 4007 §11) is of one machine alone.
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

/** Of all of them together, each address once. */
function countAddresses(networks: readonly Network[]): bigint {
  let [total, next] = [0n, 0n];
  for (const { first, last } of networks.toSorted((a, b) => (a.first < b.first ? -1 : 1))) {
    if (last < next) continue;
    total += last - (first > next ? first : next) + 1n;
    next = last + 1n;
  }
  return total;
}
