/** The address of a request without what a caller may have put into it by mistake, such as a card number. Pure. */
import { type SignedRequest, verifySignature } from '@payment-passkeys/channel';

/** In the place of what is not shown. */
export const MASK = '*';

export interface ShownTarget {
  readonly path: string;
  /** Without the question mark. */
  readonly search: string;
  /** Something is not shown. */
  readonly masked: boolean;
}

/**
 * `route` is the pattern of the route that serves the request, such as `/authentication/sessions/:authenticationSessionId`, if there is one. Of a part of the path,
 * letters and hyphens are shown, and ids of the network in the place of a parameter. Of the query, names of letters are shown, and no value.
 */
export function showTarget(target: string, route: string | undefined): ShownTarget {
  const [path = '', query = ''] = split(target, '?');
  const pattern = route?.split('/') ?? [];
  const parts = path.split('/').map((part, position) => {
    const wanted = pattern[position];
    const id = wanted?.startsWith(':') === true && isId(part);
    return part === wanted || id || WORD.test(part) ? part : MASK;
  });
  const pairs = query.split('&').map((pair) => {
    if (pair === '') return pair;
    const [name = '', value] = split(pair, '=');
    return (WORD.test(name) ? name : MASK) + (value === undefined ? '' : `=${MASK}`);
  });
  const shown = { path: parts.join('/'), search: pairs.join('&') };
  return { ...shown, masked: shown.path !== path || shown.search !== query };
}

/** Words of an address, and the empty part. */
const WORD = /^[A-Za-z-]{0,40}$/;
const ID = /^[A-Za-z0-9_-]{22,64}$/;

function isId(part: string): boolean {
  return ID.test(part) && /[A-Za-z]/.test(part);
}

function split(text: string, separator: string): readonly string[] {
  const at = text.indexOf(separator);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}

/** The parameters of the contract (§6). Others may hold anything. */
const OAUTH_PARAMETERS = [
  'oauth_body_hash',
  'oauth_consumer_key',
  'oauth_nonce',
  'oauth_signature_method',
  'oauth_timestamp',
  'oauth_version',
];

/** Whether the header has a parameter that the contract does not have; its value is not shown. */
export function hasForeignParameters({ signed }: SignedRequest): boolean {
  return signed.parameters.some(([name]) => !OAUTH_PARAMETERS.includes(name));
}

/** The base strings of a signed request, over the shown address. Of the header, only the values of the contract's parameters are shown. */
export async function shownBaseStrings(request: SignedRequest, shown: ShownTarget): Promise<readonly string[]> {
  const { signed } = request;
  const { target } = signed;
  const queryParameters = target.queryParameters.map(([name]) => [WORD.test(name) ? name : MASK, MASK] as const);
  const verdict = await verifySignature({
    request: {
      ...request,
      signed: {
        method: signed.method,
        target: { ...target, path: shown.path, query: shown.search, queryParameters },
        parameters: signed.parameters.map(([name, value]) =>
          OAUTH_PARAMETERS.includes(name) ? [name, value] : [MASK, MASK],
        ),
      },
    },
    publicKeys: [], // without a key no signature holds, and the verdict has the base strings
  });
  return !verdict.ok && verdict.code === 'SIGNATURE_MISMATCH' ? [...new Set(verdict.baseStrings)] : [];
}
