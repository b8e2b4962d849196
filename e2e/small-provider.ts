/**
 * A small payment service provider, made with the merchant kit, and shops that embed its page as a frame. One server serves them all, each under
 * a host name of its own. The page pays with a card number by Secure Payment Confirmation. In a frame browsers do not send the kit's cookie, so
 * the page's script keeps its value.
 */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { Demo } from '@payment-passkeys/demo';
import type {
  MerchantRegistration,
  PaymentStart,
  RegisteredMerchant,
  StartedPayment,
} from '@payment-passkeys/merchant/server';
import { registerProvider } from './provider-client.ts';

const SCRIPT = createRequire(import.meta.url).resolve('@payment-passkeys/merchant/browser/bundle');

const PAGE = `<!doctype html>
<meta charset="utf-8">
<title>Pay</title>
<button>Pay</button>
<output></output>
<script type="module">
  import { payWithPasskey } from '/pay-with-passkey.js';
  const post = async (path, body) => (await fetch(path, { method: 'POST', body: JSON.stringify(body) })).json();
  document.querySelector('button').addEventListener('click', async () => {
    const started = await post('/start' + location.search, {});
    const result = await payWithPasskey({
      payment: started,
      report: async (confirmation) => (await post('/report', { ...started, confirmation })).status,
      go: () => {},
    });
    document.querySelector('output').textContent = result;
  });
</script>`;

/** The page of a shop. */
const buildCheckout = (frame: string, allow: string) =>
  `<!doctype html><title>Check out</title><iframe src="${frame}" allow="${allow}"></iframe>`;

export interface SmallProvider {
  /** The origin of a shop. The query of its page `/checkout` says which frame the page embeds, and with which permissions. */
  shop(name: string): string;
  /** Registers a merchant with the name "Shop". */
  register(merchant: Pick<MerchantRegistration, 'origin' | 'frame'>): Promise<RegisteredMerchant>;
  /** The address of the page for a frame of this merchant. */
  frame(merchant: RegisteredMerchant): string;
  /** Why the network refused the confirmations. */
  readonly refusals: readonly string[];
  stop(): Promise<void>;
}

export async function startSmallProvider(
  { network }: Pick<Demo, 'network'>,
  card: PaymentStart['card'],
): Promise<SmallProvider> {
  const server = createServer((request, response) => void serve(request, response));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const origin = `http://pay.localhost:${(server.address() as AddressInfo).port}`; // it listens on TCP
  const { pool } = network.network;
  const merchant = await registerProvider(network, { origin });
  const merchants = new Map<string, RegisteredMerchant>();
  const refusals: string[] = [];

  async function start({ merchantId, name, origin: merchantOrigin }: RegisteredMerchant) {
    const started = (await merchant.startPayment({
      merchant: merchantId,
      order: {
        orderId: `order-${crypto.randomUUID()}`,
        amount: '18.00',
        currency: 'USD',
        merchantName: name,
        merchantOrigin,
      },
      card,
      shopperId: 'guest',
      callbackUri: `${origin}/callback`,
    })) as StartedPayment; // the card has a passkey
    const { redirect, securePaymentConfirmation, clientSessionId, cookie } = started;
    return { redirect, securePaymentConfirmation, clientSessionId, browser: cookie.value };
  }

  async function report({ clientSessionId, browser, confirmation }: Record<string, unknown>) {
    const given = { clientSessionId: String(clientSessionId), browser: String(browser), report: confirmation };
    const outcome = await merchant.reportConfirmation(given);
    if (outcome.status === 'REFUSED') refusals.push(outcome.because);
    return { status: outcome.status };
  }

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? '', origin);
    const answer = (type: string, body: string | Buffer) => response.setHeader('content-type', type).end(body);
    if (pathname === '/checkout') {
      response.setHeader('permissions-policy', `payment=(self "${origin}")`);
      return void answer('text/html', buildCheckout(searchParams.get('frame') ?? '', searchParams.get('allow') ?? ''));
    }
    if (pathname === '/pay') return void answer('text/html', PAGE);
    if (pathname === '/pay-with-passkey.js') return void answer('text/javascript', readFileSync(SCRIPT));
    const body = JSON.parse((await text(request)) || '{}');
    const named = merchants.get(searchParams.get('merchant') ?? '');
    const answered = pathname === '/start' && named ? await start(named) : await report(body);
    answer('application/json', JSON.stringify(answered));
  }

  return {
    shop: (name) => origin.replace('//pay.', `//${name}.`),
    refusals,
    frame: ({ merchantId }) => `${origin}/pay?merchant=${merchantId}`,
    async register(given) {
      const registered = await merchant.merchants.register({
        ...given,
        ...{ name: 'Shop', country: 'US', category: '5999' },
      });
      merchants.set(registered.merchantId, registered);
      return registered;
    },
    async stop() {
      server.close();
      server.closeAllConnections();
      await merchant.close();
      await pool.query("DELETE FROM session WHERE client_id = 'provider'");
      await pool.query("DELETE FROM merchant WHERE client_id = 'provider'");
    },
  };
}
