/** "Pay": without leaving the shop where the browser can. Without this script the form goes to the network's page. */
import { canConfirmHere, payWithPasskey } from './pay-with-passkey.js';

const form = document.querySelector('#pay');
const problem = document.querySelector('#problem');
const support = document.querySelector('#support');

form.addEventListener('submit', (event) => {
  const fields = new URLSearchParams(new FormData(form));
  if (fields.get('way') === 'there') return;
  event.preventDefault();
  pay(fields);
});
tellSupport();

async function pay(fields) {
  const button = form.querySelector('button[type=submit]');
  button.disabled = true;
  problem.hidden = true;
  try {
    const started = await post(form.action, fields);
    if (started.problem) tell(started.problem);
    else if (started.go) location.assign(started.go);
    else await approve(started, fields.get('_csrf'));
  } catch {
    // Whatever went wrong on the way: the form as it is does the same by the network's page.
    form.submit();
  } finally {
    button.disabled = false;
  }
}

async function approve({ payment, reportTo }, token) {
  let next = location.href;
  const status = await payWithPasskey({
    payment,
    report: async (confirmation) => {
      const headers = { 'content-type': 'application/json', 'csrf-token': token };
      const answer = await post(reportTo, JSON.stringify(confirmation), headers);
      next = answer.go;
      return answer.status;
    },
  });
  if (status !== 'REDIRECTED') location.assign(next);
}

async function post(address, body, headers = {}) {
  const answer = await fetch(address, { method: 'POST', body, headers: { accept: 'application/json', ...headers } });
  return answer.json();
}

function tell(text) {
  problem.textContent = text;
  problem.hidden = false;
}

async function tellSupport() {
  if (support) support.textContent = (await canConfirmHere()) ? support.dataset.yes : support.dataset.no;
}
