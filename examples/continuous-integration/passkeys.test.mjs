import assert from 'node:assert/strict';
import { test } from 'node:test';

const NETWORK = process.env.NETWORK ?? 'http://127.0.0.1:4000';
/** Your bank, and the route that starts an enrolment: it answers 303 to the network, with the kit's cookie. */
const BANK = process.env.BANK ?? 'http://127.0.0.1:3000';
const START = '/passkeys';

/** What your bank shows, for each thing that a cardholder can do on the network's page. */
const ENDINGS = {
  CREATE: /Your payment passkey is ready/,
  NOT_NOW: /USER_CANCELLATION/,
  CANCEL: /CREDENTIALS_CREATION_NOT_ALLOWED/,
};

for (const [action, expected] of Object.entries(ENDINGS)) {
  test(`a cardholder on the network's page: ${action}`, async () => {
    // Add what your own form sends: its fields, the Origin of your page, a token against CSRF.
    const start = await fetch(BANK + START, { method: 'POST', redirect: 'manual' });
    assert.equal(start.status, 303);
    const cookie = start.headers.getSetCookie().map((line) => line.split(';')[0]);
    const callback = await act(start.headers.get('location'), action);
    const end = await fetch(BANK + callback.pathname + callback.search, { headers: { cookie: cookie.join('; ') } });
    assert.match(await end.text(), expected);
  });
}

/** The cardholder opens the launch address, and acts there. Answers where the page sends the browser. */
async function act(uri, action) {
  const answer = await fetch(`${NETWORK}/sandbox/cardholder`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ uri, do: action }),
  });
  const body = await answer.json();
  assert.equal(answer.status, 200, JSON.stringify(body));
  return new URL(body.redirect);
}
