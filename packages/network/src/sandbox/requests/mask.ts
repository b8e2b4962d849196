/** Masks the address of a request, because a caller may have put a card number into it by mistake. Pure. */
import { type SignedRequest, verifySignature } from '@payment-passkeys/channel';

/** Replaces each part that is not shown. */
export const MASK = '*';

export interface ShownTarget {
  readonly path: string;
  /** Without the question mark. */
  readonly search: string;
  /** At least one part is not shown. */
  readonly masked: boolean;
}

/**
 * `route` is the pattern of the request's route, if there is one, such as `/authentication/sessions/:authenticationSessionId`. A part of the path is
 * shown if it consists of letters and hyphens, or if it is an id in the place of a parameter. In the query, names of letters and hyphens are shown,
 * but no values.
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

/** The signature base strings of a request, computed over the shown address. The header's parameters that are not in the contract are masked. */
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
