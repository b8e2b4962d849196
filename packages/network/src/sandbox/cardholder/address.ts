/** The address at which a cardholder without a browser begins. */
import { type LaunchParameters, PAGE_PATH, readLaunchUrl, VERIFICATION_PATH } from '@payment-passkeys/protocol';
import { ServiceError } from '../../platform/errors/errors.ts';

export type Address =
  | { readonly kind: 'LAUNCH'; readonly launch: LaunchParameters }
  /** The way back from the card's issuer. */
  | { readonly kind: 'WAY_BACK'; readonly path: string };

/** Throws {@link ServiceError} for an address of another network, and for an address that is neither of these two. */
export function readAddress(uri: string, publicUrl: string): Address {
  const url = URL.canParse(uri) ? new URL(uri) : undefined;
  if (url?.origin !== publicUrl)
    throw refuse(`uri is not an address of this network: it has to begin with ${publicUrl}${PAGE_PATH}.`);
  if (url.pathname === PAGE_PATH) return { kind: 'LAUNCH', launch: readLaunchUrl(uri) };
  if (url.pathname === VERIFICATION_PATH) return { kind: 'WAY_BACK', path: url.pathname + url.search };
  throw refuse(
    `uri is not the address of a session: send the uri of the Sessions answer (${PAGE_PATH}), or the address at which the card's issuer sends the cardholder back (${VERIFICATION_PATH}).`,
  );
}

function refuse(message: string): ServiceError {
  return new ServiceError({ code: 'INVALID_FIELD', pointer: '/uri', message });
}
