/** The cardholder without a browser: one call, on a named device or on a new one. */
import type { CardholderAnswer, CardholderRequest } from '@payment-passkeys/protocol/sandbox';
import type { Network } from '../../network.ts';
import { readAddress } from './address.ts';
import { openBrowser, type Send } from './browser.ts';
import { confirmAtShop } from './confirmation.ts';
import { openDevice, type SandboxDevice } from './device.ts';
import { findDevice, keepDevice } from './device-store.ts';
import { visitPage } from './visit.ts';

/** `send` reaches the public server. */
export interface CardholderDependencies extends Pick<Network, 'config' | 'pool' | 'keys' | 'clock'> {
  readonly send: Send;
}

/** Throws {@link ServiceError} if the caller asks for something impossible. An error that the page reports to the client is a redirect. */
export async function actAsCardholder(
  request: CardholderRequest,
  dependencies: CardholderDependencies,
): Promise<CardholderAnswer> {
  const { device: name } = request;
  if (name === undefined) return act(request, openDevice(), dependencies);
  const device = await findDevice(name, dependencies);
  try {
    return await act(request, device, dependencies);
  } finally {
    // Also after a refusal: the session belongs to this device now, and the next call continues it.
    await keepDevice(name, device, dependencies);
  }
}

async function act(
  request: CardholderRequest,
  device: SandboxDevice,
  { config, send }: CardholderDependencies,
): Promise<CardholderAnswer> {
  if ('securePaymentConfirmation' in request) return { confirmation: confirmAtShop(request, device) };
  const { publicUrl, branding } = config;
  const redirect = await visitPage(readAddress(request.uri, publicUrl), {
    action: request.do,
    device,
    named: request.device !== undefined,
    browser: openBrowser(device, { send, publicUrl }),
    publicUrl,
    statement: `By continuing, you agree to the Terms of Use of ${branding.name} and confirm that you have read its Privacy Notice.`,
  });
  return { redirect };
}
