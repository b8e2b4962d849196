/** A signing key from a PKCS#12 file, as Mastercard's portal hands it out. By node-forge, which Mastercard's own libraries read it with. */
import { createPrivateKey, type KeyObject } from 'node:crypto';
import forge from 'node-forge';
import { IssuerError } from './errors.ts';

/**
 * The RSA private key of a PKCS#12 file: the only one, or the one of that alias (friendlyName). Neither file nor password is kept.
 * Throws IssuerError `INVALID_OPTIONS`: a wrong password, not PKCS#12, no such key, or more than one and no alias.
 */
export function readPkcs12({
  file,
  password,
  alias,
}: {
  readonly file: Uint8Array;
  readonly password: string;
  readonly alias?: string;
}): KeyObject {
  const keys = readKeyBags(file, password).filter(({ names }) => alias === undefined || names.includes(alias));
  const [key, ...more] = keys;
  if (key === undefined) throw invalid(alias === undefined ? 'it holds no RSA key' : 'it holds no key of that alias');
  if (more.length > 0) throw invalid('it holds more than one key: name the alias');
  return createPrivateKey(key.pem);
}

function readKeyBags(
  file: Uint8Array,
  password: string,
): readonly { readonly pem: string; readonly names: readonly string[] }[] {
  try {
    const asn1 = forge.asn1.fromDer(forge.util.createBuffer(Buffer.from(file).toString('binary')));
    const pkcs12 = forge.pkcs12.pkcs12FromAsn1(asn1, password);
    const { pkcs8ShroudedKeyBag = '', keyBag = '' } = forge.pki.oids;
    return [pkcs8ShroudedKeyBag, keyBag].flatMap((bagType) =>
      (pkcs12.getBags({ bagType })[bagType] ?? []).flatMap(({ key, attributes }) =>
        key ? [{ pem: forge.pki.privateKeyToPem(key), names: attributes?.friendlyName ?? [] }] : [],
      ),
    );
  } catch {
    // forge's own error is not kept: it may quote what it was given.
    throw invalid('it cannot be read with this password');
  }
}

function invalid(problem: string): IssuerError {
  return new IssuerError('INVALID_OPTIONS', `the PKCS#12 file: ${problem}`);
}
