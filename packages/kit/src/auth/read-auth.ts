/** Reads how a client authenticates: by OAuth 1.0a or by OAuth 2.0. */
import type { KeyObject } from 'node:crypto';
import {
  buildJwsSigner,
  generateDpopKey,
  type JwsSigner,
  readAnyPrivateKey,
  type SignatureDialect,
  type SignatureMethod,
  type Signer,
} from '@payment-passkeys/channel';
import { TOKEN_PATH } from '@payment-passkeys/protocol';
import { KitError } from '../kit-error.ts';
import type { SchemeOptions } from '../network/network-client.ts';
import { readBaseAddress, readSigningKey } from '../options/read-options.ts';
import { aConsumerKey, fields, optional, type Rules, text } from '../options/rules.ts';

/** OAuth 1.0a: each request is signed. */
export interface OAuth1Auth {
  readonly scheme: 'OAUTH1';
  readonly consumerKey: string;
  /** RSA private key, 2048 bits or more, or a signing function (RSASSA-PKCS1-v1_5 with SHA-256). The network has its public half. */
  readonly signingKey: KeyObject | Signer | string;
}

/** OAuth 2.0 with the FAPI 2.0 security profile: access tokens that are bound to a DPoP key, which the kit makes for each process. */
export interface OAuth2Auth {
  readonly scheme: 'OAUTH2';
  /**
   * The key that signs client assertions: a KeyObject or PEM, RSA of 2048 bits or more (PS256) or P-256 (ES256); or a {@link JwsSigner}, a
   * signing function with its algorithm. The network has the key's public half.
   */
  readonly key: KeyObject | JwsSigner | string;
  /** The id of that key, if the network has given one. */
  readonly kid?: string;
  /** The scopes to ask for, separated by spaces; by default all that the client can have. */
  readonly scope?: string;
  /** By default `/oauth2/token` at the network. */
  readonly tokenEndpoint?: string;
  /** The issuer of the network's metadata; by default the network's address. */
  readonly issuer?: string;
}

/** How a client authenticates at the network. */
export type ClientAuth = OAuth1Auth | OAuth2Auth;

/** The options of a kit that say how it authenticates: `auth`, or `consumerKey` and `signingKey`, which are short for OAuth 1.0a. */
export interface AuthOptions {
  /** For OAuth 1.0a. */
  readonly consumerKey?: string;
  /**
   * For OAuth 1.0a. RSA private key, 2048 bits or more: a KeyObject (`readPkcs12` of the issuer kit returns one), PEM, which is parsed once, or
   * a signing function (RSASSA-PKCS1-v1_5 with SHA-256) if the key cannot be exported, as in a hardware security module. The network has the
   * public half.
   */
  readonly signingKey?: KeyObject | Signer | string;
  /** Either scheme. */
  readonly auth?: ClientAuth;
}

/** The rules of {@link AuthOptions}; `readAuth` checks the keys. */
export function authRules(options: unknown): Rules {
  const { auth } = Object(options) as Readonly<Record<string, unknown>>;
  if (auth === undefined) return { consumerKey: aConsumerKey };
  const { scheme } = Object(auth) as Readonly<Record<string, unknown>>;
  if (scheme === 'OAUTH1') return { auth: fields({ consumerKey: aConsumerKey }) };
  return {
    auth: fields(scheme === 'OAUTH2' ? OAUTH2_RULES : { scheme: () => ["auth.scheme must be 'OAUTH1' or 'OAUTH2'"] }),
  };
}

const OAUTH2_RULES: Rules = {
  kid: optional(text(255)),
  scope: optional(text(200)),
  tokenEndpoint: optional(text()),
  issuer: optional(text()),
};

/** Reads options that {@link authRules} accepts. Throws {@link KitError} INVALID_OPTIONS. `apiUrl` is the network's address. */
export function readAuth(
  options: AuthOptions,
  network: {
    readonly clientId: string;
    readonly apiUrl: string;
    readonly signature: { readonly dialect: SignatureDialect; readonly method: SignatureMethod };
  },
): SchemeOptions {
  const { clientId, apiUrl, signature } = network;
  const { auth = { scheme: 'OAUTH1', consumerKey: options.consumerKey ?? '', signingKey: options.signingKey ?? '' } } =
    options;
  if (options.auth !== undefined && (options.consumerKey !== undefined || options.signingKey !== undefined)) {
    throw new KitError('INVALID_OPTIONS', 'auth stands in place of consumerKey and signingKey: give one of them');
  }
  if (auth.scheme === 'OAUTH1') {
    return { consumerKey: auth.consumerKey, signingKey: readSigningKey(auth.signingKey), signature };
  }
  const tokenEndpoint = readBaseAddress('auth.tokenEndpoint', auth.tokenEndpoint ?? apiUrl + TOKEN_PATH);
  const { kid, scope, issuer = apiUrl } = auth;
  const dpopKey = generateDpopKey();
  return { oauth2: { clientId, signer: readSigner(auth.key), kid, dpopKey, tokenEndpoint, issuer, scope } };
}

function readSigner(key: OAuth2Auth['key']): JwsSigner {
  if (typeof key === 'object' && 'sign' in key) return key;
  try {
    return buildJwsSigner(typeof key === 'string' ? readAnyPrivateKey(key) : key);
  } catch {
    throw new KitError('INVALID_OPTIONS', 'auth.key must be a private key: RSA of 2048 bits or more, or P-256');
  }
}
