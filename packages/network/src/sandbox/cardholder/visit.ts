/** One visit to the hosted page by a cardholder without a browser: the calls that the page makes, in the same order. */
import type { SoftwareAuthenticator } from '@payment-passkeys/authenticator';
import {
  AccessToken,
  buildFailureCallback,
  compileSchema,
  type EndReason,
  failureOf,
  type LaunchParameters,
  PAGE_PATH,
  type Reason,
  readLaunchUrl,
  SessionHandles,
} from '@payment-passkeys/protocol';
import type { CardholderAction } from '@payment-passkeys/protocol/sandbox';
import { ServiceError } from '../../platform/errors/errors.ts';
import type { Address } from './address.ts';
import type { PageBrowser, Refusal } from './browser.ts';
import { type Choice, choose } from './choice.ts';
import { holdsOneOf, type SandboxDevice } from './device.ts';

export interface Visitor {
  readonly action: CardholderAction;
  readonly device: SandboxDevice;
  /** Whether the device has a name. */
  readonly named: boolean;
  readonly browser: PageBrowser;
  /** The network's origin. */
  readonly publicUrl: string;
  /** The sentence above the button in VERIFY. */
  readonly statement: string;
}

/** Returns the address that the page sends the browser to; null if the cardholder leaves. Throws {@link ServiceError} if there is nothing to do. */
export async function visitPage(address: Address, visitor: Visitor): Promise<string | null> {
  if (address.kind === 'LAUNCH') return walk(address.launch, visitor);
  const { browser, publicUrl } = visitor;
  const location = new URL((await browser.follow(address.path)) ?? PAGE_PATH, publicUrl);
  const isPage = location.origin === publicUrl && location.pathname === PAGE_PATH;
  return isPage ? walk(readLaunchUrl(location.href), visitor) : location.href;
}

async function walk(launch: LaunchParameters, visitor: Visitor): Promise<string | null> {
  const { browser, device, action, named } = visitor;
  const reply = await browser.open(launch);
  if ('refusal' in reply) {
    const returnTo = reply.refusal.returnTo ?? (await browser.findReturnAddress(launch));
    return failOpening(launch, reply.refusal, returnTo);
  }
  const opened = reply.answer;
  if ('redirect' in opened) return opened.redirect; // approved before, and the browser did not get that answer
  const holds = (ids: readonly string[]) => holdsOneOf(device, ids);
  const answer = await act(choose({ action, opened, named, holds }), visitor);
  if (answer === null) return null;
  if ('refusal' in answer) return callbackFor(opened.returnTo, answer.refusal.reason);
  // A passkey was made on the way to a payment: the page opens again, to approve the payment.
  return 'reopen' in answer.answer ? walk(withoutToken(launch), visitor) : answer.answer.redirect;
}

async function act(choice: Choice, visitor: Visitor) {
  const { browser, statement } = visitor;
  switch (choice.kind) {
    case 'REFUSED':
      throw new ServiceError(choice.fault);
    case 'LEAVE':
      return null;
    case 'END':
      return browser.end(choice.reason);
    case 'AGREE':
      return browser.consent({ language: 'en', statement });
    case 'CREATE':
    case 'USE':
      return useDevice(choice, visitor);
  }
}

/** The dialog of the device, and the report of its result. */
async function useDevice(
  choice: Choice & { readonly kind: 'CREATE' | 'USE' },
  { browser, device, publicUrl }: Visitor,
) {
  const made = askDevice(choice, { authenticator: device.authenticator, origin: publicUrl });
  return 'reason' in made ? browser.end(made.reason) : browser.result(made.credential);
}

function askDevice(
  choice: Choice & { readonly kind: 'CREATE' | 'USE' },
  { authenticator, origin }: { readonly authenticator: SoftwareAuthenticator; readonly origin: string },
): { readonly credential: unknown } | { readonly reason: EndReason } {
  const { options } = choice.offer;
  try {
    const credential =
      'rp' in options ? authenticator.create({ options, origin }) : authenticator.use({ options, origin });
    return { credential };
  } catch (error) {
    if (!(error instanceof DOMException)) throw error;
    if (choice.kind === 'USE') return { reason: 'CREDENTIALS_NOT_VERIFIED' };
    return {
      reason: error.name === 'InvalidStateError' ? 'DUPLICATE_CREDENTIALS' : 'CREDENTIALS_CREATION_NOT_ALLOWED',
    };
  }
}

const handlesSchema = compileSchema(SessionHandles);
const tokenSchema = compileSchema(AccessToken);

/** The page's rules (contract §3). Without a callback the page stays where it is, and the error says why. */
function failOpening(launch: LaunchParameters, refusal: Refusal, returnTo: string | undefined): string {
  const { reason, status, codes, sources } = refusal;
  if (returnTo === undefined && codes.includes('SESSION_NOT_FOUND'))
    throw new ServiceError({ code: 'SESSION_NOT_FOUND', pointer: '/uri', message: NO_SESSION });
  const incomplete =
    codes.includes('COMPLIANCE_INCOMPLETE') || sources.some((source) => source.startsWith('/complianceSettings'));
  const explained = isBroken(launch) && status !== undefined && [400, 401, 403, 404].includes(status);
  const shown = explained || incomplete ? 'INVALID_QUERY_PARAMS' : reason;
  if (returnTo !== undefined) return callbackFor(returnTo, shown);
  const message = `The page shows the error ${shown} and leads nowhere, because no callback is known: check the parameters of uri.`;
  throw new ServiceError({ code: 'PAGE_STOPPED', pointer: '/uri', message });
}

const NO_SESSION = 'There is no session at this address. Send the uri of the Sessions answer, whole and unchanged.';

function isBroken(launch: LaunchParameters): boolean {
  const { accessToken, verification, ...handles } = launch;
  const tokenIsUsed = accessToken === undefined && verification !== undefined;
  return !handlesSchema.accepts(handles) || !(tokenIsUsed || tokenSchema.accepts(accessToken));
}

function withoutToken({ accessToken: _, ...rest }: LaunchParameters): LaunchParameters {
  return { ...rest, verification: 'answered' };
}

function callbackFor(returnTo: string, reason: Reason): string {
  return buildFailureCallback(returnTo, failureOf(reason));
}
