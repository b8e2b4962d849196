/** Which addresses a client may register as webhooks. The IP address of a host name is checked at each connection. */
import { isIP } from 'node:net';
import { isLocalhost } from '@payment-passkeys/protocol';
import { isLoopbackAddress, isPublicAddress } from '../../platform/http/public-address.ts';

/** Lower ports belong to other services: mail, databases, remote shells. */
const FIRST_FREE_PORT = 1024;
/** Names that no public DNS answers: RFC 6762, RFC 9476, ICANN's reserved `internal`. */
const PRIVATE_NAME = /(^|\.)(local|internal|lan|home|corp|intranet|alt|home\.arpa)$/;

/** What is wrong with a webhook's address, as the end of a sentence that begins with its place; undefined if nothing is. */
export function findAddressProblem(uri: string): string | undefined {
  if (!URL.canParse(uri)) return 'is no address';
  const url = new URL(uri);
  if (url.username !== '' || url.password !== '') return 'has user info: a webhook is verified by its signature';
  if (url.hash !== '') return 'has a fragment, which is never sent';
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1').replace(/\.$/, '');
  const here = isThisMachine(host);
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && here)) return 'is not https';
  if (url.port !== '' && Number(url.port) < FIRST_FREE_PORT) return 'has a port below 1024 other than 443';
  return here || isPublicHost(host) ? undefined : 'has a private host: events are posted to public addresses only';
}

/** Whether the address is on this machine, which is allowed in the sandbox only. */
export function isOfThisMachine(uri: string): boolean {
  return isThisMachine(new URL(uri).hostname.replace(/^\[(.*)\]$/, '$1'));
}

function isThisMachine(host: string): boolean {
  return isLocalhost(host) || isLoopbackAddress(host);
}

function isPublicHost(host: string): boolean {
  if (isIP(host) !== 0) return isPublicAddress(host);
  return host.includes('.') && !PRIVATE_NAME.test(host);
}
