/** "Pay": without leaving the shop, if the browser supports that. Without this script the form goes to the network's page. */
import { canConfirmHere, payWithPasskey } from './pay-with-passkey.js';

const form = document.querySelector('#pay');
const button = form.querySelector('button[type=submit]');
const problem = document.querySelector('#problem');
const support = document.querySelector('#support');

form.addEventListener('submit', (event) => {
  const fields = new URLSearchParams(new FormData(form));
  if (fields.get('way') === 'there') return;
  event.preventDefault();
  pay(fields);
});
// After the back button, the page is as the shopper left it: with the button disabled.
addEventListener('pageshow', ({ persisted }) => {
  if (persisted) button.disabled = false;
});
tellSupport();

async function pay(fields) {
  button.disabled = true;
  problem.hidden = true;
  try {
    const started = await post(form.action, fields);
    if (started.problem) return tell(started);
    // The browser leaves the page now, and "Pay" stays disabled: a second press would end the session that the browser is going to.
    if (started.go) location.assign(started.go);
    else await approve(started, fields.get('_csrf'));
  } catch {
    // After any failure: the form without the script does the same on the network's page.
    form.submit();
  }
}

async function approve({ payment, reportTo }, token) {
  let next = location.href;
  const status = await payWithPasskey({
    payment,
    report: async (confirmation) => {
      const headers = { 'content-type': 'application/json', 'csrf-token': token };
      const answer = await postAgain(reportTo, JSON.stringify(confirmation), headers);
      next = answer.go;
      return answer.status;
    },
  });
  if (status !== 'REDIRECTED') location.assign(next);
}

/** Sends the report again if its answer was lost, because it may have been an approval. The same report gets the same answer. */
async function postAgain(address, body, headers) {
  for (const pause of [500, 2000]) {
    try {
      return await post(address, body, headers);
    } catch {
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
  }
  return post(address, body, headers);
}

async function post(address, body, headers = {}) {
  const answer = await fetch(address, { method: 'POST', body, headers: { accept: 'application/json', ...headers } });
  if (answer.status >= 500 && !isJson(answer)) throw new Error('no answer');
  return answer.json();
}

function isJson(answer) {
  return answer.headers.get('content-type')?.startsWith('application/json') ?? false;
}

function tell({ problem: text, code }) {
  button.disabled = false;
  problem.querySelector('p').textContent = text;
  problem.querySelector('code').textContent = code ?? '';
  problem.querySelector('.help').hidden = code === undefined;
  problem.hidden = false;
}

async function tellSupport() {
  if (support) support.textContent = (await canConfirmHere()) ? support.dataset.yes : support.dataset.no;
}
