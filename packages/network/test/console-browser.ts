/** A browser at the console: cookies, an authenticator, and operators of any role. */

import {
  createSoftwareAuthenticator,
  type SoftwareAuthenticator,
  type UseFault,
} from '@payment-passkeys/authenticator';
import {
  CONFIRM_OPTIONS_PATH,
  CONFIRM_PATH,
  INVITATION_ACCEPT_PATH,
  INVITATION_OPEN_PATH,
  type OperatorRole,
  SIGN_IN_OPTIONS_PATH,
  SIGN_IN_PATH,
} from '@payment-passkeys/protocol/console';
import { inviteOperator } from '../src/domain/operators/invitations.ts';
import type { TestNetwork } from './running-network.ts';

export interface ConsoleAnswer {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: an answer of any route, which the test asserts
  readonly body: any;
  readonly headers: Headers;
}

/** The status, and the reason of a refusal. */
export const told = ({ status, body }: ConsoleAnswer) => [status, body.errordetail?.[0].reason];

type Headers_ = Readonly<Record<string, string | undefined>>;

export interface ConsoleBrowser {
  readonly authenticator: SoftwareAuthenticator;
  /** By name; a test may read, change and delete them. */
  readonly cookies: Map<string, string>;
  /** As the console's page calls; a header that is undefined is left out. */
  call(method: string, path: string, body?: unknown, headers?: Headers_): Promise<ConsoleAnswer>;
  /** Opens an invitation and makes a passkey. */
  accept(token: string): Promise<ConsoleAnswer>;
  /** Signs in with the first passkey of the authenticator. */
  signIn(breaks?: UseFault): Promise<ConsoleAnswer>;
  confirm(breaks?: UseFault): Promise<ConsoleAnswer>;
}

/** The environment of a test network with a console. */
export const WITH_CONSOLE = { CONSOLE_PORT: '4003' } as const;

export function consoleOf({ running }: TestNetwork): { readonly address: string; readonly url: string } {
  const { consoleAddress, network } = running;
  if (consoleAddress === undefined || network.config.console === undefined) throw new Error('It has no console.');
  return { address: consoleAddress, url: network.config.console.url };
}

export function createConsoleBrowser(
  network: TestNetwork,
  authenticator: SoftwareAuthenticator = createSoftwareAuthenticator(),
): ConsoleBrowser {
  const { address, url: origin } = consoleOf(network);
  const cookies = new Map<string, string>();
  const browser: ConsoleBrowser = {
    authenticator,
    cookies,
    call: async (method, path, body, headers = {}) => {
      const all = {
        origin: method === 'GET' ? undefined : origin,
        'sec-fetch-site': 'same-origin',
        'content-type': body === undefined ? undefined : 'application/json',
        cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; ') || undefined,
        ...headers,
      };
      const given = Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== undefined);
      const sent = body === undefined ? {} : { body: JSON.stringify(body) };
      const response = await fetch(address + path, { method, headers: given, redirect: 'manual', ...sent });
      for (const line of response.headers.getSetCookie()) keepCookie(cookies, line);
      const text = await response.text();
      const isJson = response.headers.get('content-type')?.split(';')[0] === 'application/json';
      return { status: response.status, body: isJson ? JSON.parse(text) : text, headers: response.headers };
    },
    accept: async (token) => {
      const opened = await browser.call('POST', INVITATION_OPEN_PATH, { token });
      if (opened.status !== 200) return opened;
      const credential = authenticator.create({ options: opened.body.options, origin });
      return browser.call('POST', INVITATION_ACCEPT_PATH, { token, credential });
    },
    signIn: async (breaks) => {
      const { body } = await browser.call('POST', SIGN_IN_OPTIONS_PATH, {});
      const [passkey] = authenticator.credentials;
      const options = { ...body.options, allowCredentials: [] };
      const credential = authenticator.use({ options, origin, credentialId: passkey?.credentialId, breaks });
      return browser.call('POST', SIGN_IN_PATH, { credential });
    },
    confirm: async (breaks) => {
      const { body } = await browser.call('POST', CONFIRM_OPTIONS_PATH, {});
      const credential = authenticator.use({ options: body.options, origin, breaks });
      return browser.call('POST', CONFIRM_PATH, { credential });
    },
  };
  return browser;
}

function keepCookie(cookies: Map<string, string>, line: string): void {
  const [pair = ''] = line.split(';');
  const [name, value] = [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)];
  if (/;\s*(max-age=0|expires=Thu, 01 Jan 1970)/i.test(line)) cookies.delete(name);
  else cookies.set(name, value);
}

/** The token of an invitation from the command line. */
export async function invite(network: TestNetwork, role: OperatorRole, name: string = role): Promise<string> {
  const author = { actor: { kind: 'COMMAND_LINE', name: 'test' } } as const;
  return (await inviteOperator(network.database.pool, { name, role, author, now: network.now })).token;
}

/** A browser in which a new operator with this role is signed in, and has just confirmed. */
export async function joined(
  network: TestNetwork,
  role: OperatorRole,
  name?: string,
): Promise<ConsoleBrowser & { readonly operatorId: string }> {
  const browser = createConsoleBrowser(network);
  const { status, body } = await browser.accept(await invite(network, role, name));
  if (status !== 200) throw new Error(`The invitation was refused: ${status}`);
  return Object.assign(browser, { operatorId: String(body.operator.operatorId) });
}
