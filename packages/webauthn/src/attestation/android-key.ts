/** WebAuthn L3 §8.4: attestation by Android's keystore, whose certificate describes the passkey's own key. */
import {
  contentOf,
  type DerElement,
  findExplicit,
  membersOf,
  OCTET_STRING,
  readDer,
  readSmallInteger,
  SET,
} from '../certificates/der.ts';
import { importKey } from '../public-key.ts';
import { isSignedBy, signedData } from '../signature.ts';
import { ensureAttested, readChain, type StatementInput, type VerifiedStatement } from './verification.ts';

const KEY_DESCRIPTION = '1.3.6.1.4.1.11129.2.1.17';
/** Positions in KeyDescription and tags in AuthorizationList, of Android's key attestation schema. */
const [CHALLENGE, SOFTWARE_ENFORCED, TEE_ENFORCED] = [4, 6, 7];
const [PURPOSE, ALL_APPLICATIONS, ORIGIN] = [1, 600, 702];
const [KM_PURPOSE_SIGN, KM_ORIGIN_GENERATED] = [2, 0];

export function verifyAndroidKey(input: StatementInput): VerifiedStatement {
  const { statement, data, publicKey, clientDataHash } = input;
  const chain = readChain(statement.get('x5c'));
  const [{ extensions, publicKey: certified }] = chain;
  const [algorithm, signature] = [statement.get('alg'), statement.get('sig')];
  const signed = signedData(data.bytes, clientDataHash);
  ensureAttested(isSignedBy(signature, { algorithm, key: certified, data: signed }));
  ensureAttested(certified.equals(importKey(publicKey).key));
  const extension = extensions.get(KEY_DESCRIPTION);
  ensureAttested(extension !== undefined);
  checkKeyDescription(membersOf(readDer(extension.value)), input);
  return { chain, aaguidSigned: true };
}

/**
 * The challenge is the hash of the client data, and only the keystore's application may use the key. Origin and purpose must be in the list
 * of the trusted environment if the policy demands it; otherwise a value in either list must be right. (The standard's own test vector has
 * no value in either.)
 */
function checkKeyDescription(
  description: readonly DerElement[],
  { clientDataHash, androidKeys }: Pick<StatementInput, 'clientDataHash' | 'androidKeys'>,
): void {
  ensureAttested(contentOf(description[CHALLENGE], OCTET_STRING).equals(clientDataHash));
  const [software, trusted] = [SOFTWARE_ENFORCED, TEE_ENFORCED].map((place) => readAuthorizations(description[place]));
  ensureAttested(software !== undefined && trusted !== undefined);
  for (const list of [software, trusted]) {
    ensureAttested(!list.forAllApplications);
    ensureAttested(list.origin === undefined || list.origin === KM_ORIGIN_GENERATED);
    ensureAttested(list.purposes === undefined || list.purposes.includes(KM_PURPOSE_SIGN));
  }
  if (androidKeys === 'any') return;
  ensureAttested(trusted.origin !== undefined && trusted.purposes !== undefined);
}

function readAuthorizations(list: DerElement | undefined) {
  const authorizations = membersOf(list);
  const [origin, purposes] = [findExplicit(authorizations, ORIGIN), findExplicit(authorizations, PURPOSE)];
  return {
    forAllApplications: findExplicit(authorizations, ALL_APPLICATIONS) !== undefined,
    origin: origin && readSmallInteger(origin),
    purposes: purposes && membersOf(purposes, SET).map(readSmallInteger),
  };
}
