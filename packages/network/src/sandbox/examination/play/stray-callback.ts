/** A callback that the client must ignore: the network itself requests the address, without the client's cookie. */
import { buildSuccessCallback, type SuccessStatus } from '@payment-passkeys/protocol';
import { newSecret } from '../../../domain/ceremonies/cookie.ts';
import { returnAddress } from '../../../domain/ceremonies/return-address.ts';
import type { Session } from '../../../domain/sessions/store.ts';
import type { Network } from '../../../network.ts';
import { visit } from '../../../platform/http/post.ts';
import { outsideCall } from './outside-calls.ts';
import { buildProof } from './proof.ts';

/** True if the callback answered, with any status. False for an app's callback: it cannot be requested. */
export async function sendStrayCallback(
  session: Session,
  from: 'OTHER_BROWSER' | 'UNKNOWN_SESSION',
  network: Pick<Network, 'config' | 'keys' | 'clock'>,
): Promise<boolean> {
  const callback = new URL(returnAddress(session));
  if (callback.protocol !== 'https:' && callback.protocol !== 'http:') return false;
  if (from === 'UNKNOWN_SESSION') {
    for (const [name] of [...callback.searchParams]) callback.searchParams.set(name, newSecret());
  }
  const proof = await buildProof(session, from === 'UNKNOWN_SESSION' ? 'OTHER_SESSION' : undefined, network);
  const status: SuccessStatus = session.payment === null ? 'ENROLLED' : 'AUTHENTICATED';
  return 'status' in (await visit(buildSuccessCallback(callback.href, proof, status), outsideCall()));
}
