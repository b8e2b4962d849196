/** One call to the network, signed by Mastercard's own library, and its unchanged answer. */
import { readFileSync } from 'node:fs';
import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { text } from 'node:stream/consumers';
import OAuth from 'mastercard-oauth1-signer';

export const NETWORK_URL = process.env.NETWORK_URL || 'http://verify.localhost:4000';
/** The address to connect to, if it is not that of NETWORK_URL; the signature always covers NETWORK_URL. */
const CONNECT_TO = process.env.CONNECT_TO || NETWORK_URL;

function needed(name) {
  const value = process.env[name];
  if (!value) throw new Error(`Set ${name}; README.md says to what.`);
  return value;
}

/** POSTs JSON of `message`, signed; with `method` RSA-PSS-SHA256 as the library calls it, or RSA-SHA256. */
export async function callNetwork(path, message) {
  const body = JSON.stringify(message);
  const signingKey = readFileSync(needed('SIGNING_KEY'), 'utf8');
  const method = process.env.SIGNATURE_METHOD || 'RSA-SHA256';
  const address = NETWORK_URL + path;
  const authorization = OAuth.getAuthorizationHeader(address, 'POST', body, needed('CONSUMER_KEY'), signingKey, method);
  return send('POST', path, { body, headers: { 'content-type': 'application/json', authorization } });
}

export async function readNetwork(path) {
  return send('GET', path, { headers: {} });
}

async function send(method, path, { body, headers }) {
  const url = new URL(path, CONNECT_TO);
  const request = url.protocol === 'https:' ? requestHttps : requestHttp;
  // Browsers resolve *.localhost to this machine (RFC 6761 §6.3); the resolver that Node uses may not.
  const lookup = (_hostname, options, done) =>
    options.all ? done(null, [{ address: '127.0.0.1', family: 4 }]) : done(null, '127.0.0.1', 4);
  const local = url.hostname.endsWith('.localhost') ? { lookup } : {};
  const answer = await new Promise((resolve, reject) => {
    request(url, { method, headers, ...local }, resolve)
      .on('error', reject)
      .end(body);
  });
  return { status: answer.statusCode, body: JSON.parse(await text(answer)) };
}

/** Prints the answer; ends the program on a refusal, which says what to fix. */
export function expectStatus({ status, body }, ...expected) {
  if (expected.includes(status)) return body;
  console.error(status, JSON.stringify(body, null, 2));
  process.exit(1);
}
