/**
 * An Authenticators call: binds the passkey with the proof of the callback. Takes the session's id and the whole address of the callback.
 */
import { callNetwork, expectStatus } from './network-call.mjs';

const [authenticationSessionId, callback] = process.argv.slice(2);
if (callback === undefined) {
  console.error('node bind-passkey.mjs SESSION_ID CALLBACK_ADDRESS');
  process.exit(2);
}
const parameters = new URL(callback).searchParams;
const proofOfAuthentication = parameters.get('proofOfAuthentication');
if (parameters.get('status') !== 'ENROLLED' || !proofOfAuthentication) {
  console.error(`Nothing to bind: ${parameters.get('status')} ${parameters.get('reason')}`);
  process.exit(1);
}
const answer = await callNetwork('/authentication/authenticators', { authenticationSessionId, proofOfAuthentication });
// 200 when the same call was answered before.
console.log(JSON.stringify(expectStatus(answer, 201, 200), null, 2));
