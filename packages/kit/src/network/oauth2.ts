/** A client's side of OAuth 2.0: requests access tokens, keeps them, and proves each request with DPoP (RFC 9449). */
import { type DpopKey, type JwsSigner, signClientAssertion, signDpopProof } from '@payment-passkeys/channel';
import { CLIENT_ASSERTION_TYPE } from '@payment-passkeys/protocol';
import { newSecret } from '../callback/browser-cookie.ts';
import { KitError } from '../kit-error.ts';

/** Where a client gets its tokens, and with which keys. */
export interface OAuth2Settings {
  readonly clientId: string;
  /** Signs the client's assertions. */
  readonly signer: JwsSigner;
  /** The id of that key, if the network has given one. */
  readonly kid: string | undefined;
  readonly dpopKey: DpopKey;
  readonly tokenEndpoint: string;
  /** The `aud` of the assertions. */
  readonly issuer: string;
  /** The scopes to ask for, separated by spaces; undefined for all that the client can have. */
  readonly scope: string | undefined;
}

/** The parts of an answer that OAuth 2.0 needs. */
export interface AnswerOfScheme {
  readonly status: number;
  readonly text: string;
  /** Headers of the answer, or null. */
  readonly dpopNonce: string | null;
  readonly challenge: string | null;
}

export interface OAuth2Session<Context> {
  /** The headers that authenticate one attempt. Requests a token first, if there is none or it is about to expire. */
  authorize(
    request: { readonly method: string; readonly url: string },
    context: Context,
  ): Promise<Record<string, string>>;
  /** Stores the answer's nonce, and drops a token that it refuses. True: the same request, authorized anew, can succeed now. */
  mayRepeat(answer: AnswerOfScheme): boolean;
}

export interface OAuth2Connections<Answer extends AnswerOfScheme, Context> {
  /** Posts a form; resolves to the answer, whatever its status. */
  readonly postForm: (
    call: { readonly url: string; readonly form: Readonly<Record<string, string>>; readonly dpop: string },
    context: Context,
  ) => Promise<Answer>;
  /** The JSON of a 2xx answer of the token endpoint; throws {@link KitError} for any other. */
  readonly settle: (answer: Answer) => unknown;
  readonly clock: () => Date;
}

/** A token that expires in less time than this is replaced. */
const REPLACED_BEFORE_SECONDS = 60;

interface Token {
  readonly value: string;
  readonly expiresAt: number;
}

/** Keeps one token in memory. Requests at the same time share one token request, which is sent again once if the server asks for a nonce. */
export function createOAuth2Session<Answer extends AnswerOfScheme, Context>(
  settings: OAuth2Settings,
  connections: OAuth2Connections<Answer, Context>,
): OAuth2Session<Context> {
  const { clientId, signer, kid, dpopKey, tokenEndpoint, issuer, scope } = settings;
  const { postForm, settle, clock } = connections;
  let token: Token | undefined;
  let nonce: string | undefined;
  let running: Promise<Token> | undefined;

  const prove = (method: string, url: string, accessToken: string | undefined) =>
    signDpopProof({ key: dpopKey, method, url, accessToken, nonce, jti: newSecret(), now: clock() });

  const ask = async (context: Context): Promise<Answer> => {
    const assertion = await signClientAssertion({
      ...{ clientId, audience: issuer, signer, kid },
      ...{ jti: newSecret(), now: clock() },
    }).catch((cause: unknown) => {
      throw new KitError('SIGNER_UNAVAILABLE', 'the client assertion could not be signed', { cause });
    });
    const form = {
      grant_type: 'client_credentials',
      client_id: clientId,
      client_assertion_type: CLIENT_ASSERTION_TYPE,
      client_assertion: assertion,
      ...(scope !== undefined && { scope }),
    };
    const dpop = await prove('POST', tokenEndpoint, undefined);
    const answer = await postForm({ url: tokenEndpoint, form, dpop }, context);
    nonce = answer.dpopNonce ?? nonce;
    return answer;
  };

  const takeToken = async (context: Context): Promise<Token> => {
    const first = await ask(context);
    token = readToken(settle(needsNonce(first) ? await ask(context) : first), clock());
    return token;
  };

  const currentToken = async (context: Context): Promise<Token> => {
    if (token !== undefined && token.expiresAt > clock().getTime() + REPLACED_BEFORE_SECONDS * 1000) return token;
    running ??= takeToken(context).finally(() => {
      running = undefined;
    });
    return running;
  };

  return {
    async authorize({ method, url }, context) {
      const { value } = await currentToken(context);
      return { authorization: `DPoP ${value}`, dpop: await prove(method, url, value) };
    },
    mayRepeat(answer) {
      nonce = answer.dpopNonce ?? nonce;
      if (needsNonce(answer)) return true;
      if (answer.status !== 401 || !/error="invalid_token"/.test(answer.challenge ?? '')) return false;
      token = undefined;
      return true;
    },
  };
}

/** RFC 9449 §8 and §9: the token endpoint says it in the body, any other address in the challenge. */
function needsNonce({ status, text, challenge, dpopNonce }: AnswerOfScheme): boolean {
  if ((status !== 400 && status !== 401) || dpopNonce === null) return false;
  return /error="use_dpop_nonce"/.test(challenge ?? '') || /"error"\s*:\s*"use_dpop_nonce"/.test(text);
}

/** Throws {@link KitError} NETWORK_ANSWER_INVALID. A bearer token is refused: whoever reads it could use it. */
function readToken(answer: unknown, now: Date): Token {
  const { access_token: value, token_type, expires_in } = Object(answer) as Readonly<Record<string, unknown>>;
  const isToken = typeof value === 'string' && /^[A-Za-z0-9._~+/-]{1,8192}=*$/.test(value);
  const isDpop = typeof token_type === 'string' && token_type.toLowerCase() === 'dpop';
  if (!isToken || !isDpop || typeof expires_in !== 'number' || !(expires_in > 0)) {
    throw new KitError(
      'NETWORK_ANSWER_INVALID',
      'the token endpoint did not answer with a DPoP token and its lifetime',
    );
  }
  return { value, expiresAt: now.getTime() + expires_in * 1000 };
}
