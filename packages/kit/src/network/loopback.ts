/**
 * `localhost` and every name below it mean this machine (RFC 6761 §6.3). Node's resolver on most Linux systems does not resolve the names
 * below it.
 */
import { lookup as resolve } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { isLocalhost } from '@payment-passkeys/protocol';

const LOOPBACK = [
  { address: '127.0.0.1', family: 4 },
  { address: '::1', family: 6 },
] as const;

/** A `lookup` for sockets: loopback for localhost names, the system's answer for all others. The Host header and the URL stay as they were. */
export const lookupWithLocalhost: LookupFunction = (hostname, options, callback) => {
  if (!isLocalhost(hostname.toLowerCase())) return resolve(hostname, options, callback);
  if (options.all === true) return callback(null, [...LOOPBACK]);
  return callback(null, LOOPBACK[0].address, LOOPBACK[0].family);
};
