/** The file with which an operator registers an issuer or a merchant, contract §8: `clients add FILE.json`. */
import Type, { type Static } from 'typebox';
import { PRIVATE_USE_SCHEME } from './callback.ts';
import { MAX_WEBHOOKS, Webhook } from './events.ts';
import { ClientId, Country, Text } from './fields.ts';
import { MerchantName, WebOrigin } from './transactions.ts';

/** PEM. Text around the blocks is allowed (RFC 7468 §2): `openssl x509 -text` writes a lot of it. */
const PemKey = Type.String({ minLength: 1, maxLength: 64 * 1024 });

/** An issuer starts enrolments. A merchant starts payments and makes passkeys for cards. */
export const CLIENT_ROLES = ['issuer', 'merchant'] as const;

/** The issuer's endpoint that confirms a cardholder who makes a passkey at a shop, contract §11. */
export const VerificationEndpoint = Type.Object({
  /** The network sends the browser to this address, with `request` added to its query. */
  uri: Type.String({
    pattern: '^(https://[a-z0-9.-]+|http://([a-z0-9-]+\\.)*localhost)(:[0-9]{1,5})?(/[\\x21-\\x7e]*)?$',
    maxLength: 500,
  }),
  /** The public key that verifies the issuer's responses. */
  signingKey: PemKey,
  /** The public key that the account is encrypted for. */
  encryptionKey: PemKey,
});
export type VerificationEndpoint = Static<typeof VerificationEndpoint>;

const Aaguid = Type.String({ pattern: '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$', maxLength: 36 });
const Models = Type.Array(Aaguid, { maxItems: 1000 });

/**
 * The requirements on the authenticators of a client's cardholders. `record` stores what the attestation shows. `require` also refuses a
 * passkey without an attestation that leads to one of the network's trust anchors, and one of a model (AAGUID) that is denied or not
 * allowed. Without a demand no attestation is requested.
 */
export const AttestationDemand = Type.Union([
  Type.Object({ demand: Type.Literal('record') }),
  Type.Object({ demand: Type.Literal('require'), allow: Type.Union([Type.Literal('any'), Models]), deny: Models }),
]);
export type AttestationDemand = Static<typeof AttestationDemand>;

/**
 * What happens to a binding that is made at a shop for a card of the issuer. AT_ONCE: it is active. BY_ISSUER: it waits until the issuer activates it
 * (`action: "ACTIVATE"` of a status update).
 */
export const ACTIVATIONS = ['AT_ONCE', 'BY_ISSUER'] as const;
export type Activation = (typeof ACTIVATIONS)[number];

/** A client of the network. It signs by OAuth 1.0a (`consumerKey` with its keys), by OAuth 2.0 (`oauth2Keys`), or by either. */
export const ClientRegistration = Type.Object({
  clientId: ClientId,
  name: Text(100),
  role: Type.Enum(CLIENT_ROLES),
  /** The OAuth 1.0a consumer key. Mastercard's keys contain a `!`. */
  consumerKey: Type.Optional(Type.String({ pattern: '^[\\x21-\\x7e]{1,128}$', maxLength: 128 })),
  /** For OAuth 1.0a. Give either `signingKey` or `signingKeys`. */
  signingKey: Type.Optional(PemKey),
  signingKeys: Type.Optional(Type.Array(PemKey, { minItems: 1, maxItems: 2 })),
  /** For OAuth 2.0, where `client_id` is the clientId: RSA keys sign client assertions with PS256, P-256 keys with ES256. */
  oauth2Keys: Type.Optional(Type.Array(PemKey, { minItems: 1, maxItems: 2 })),
  /** The entries of `checkLaunchCallbackUri`. */
  callbackDomains: Type.Optional(
    Type.Array(
      Type.String({
        pattern: '^(\\*\\.)?[a-z0-9]([a-z0-9-]*[a-z0-9])?(\\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*(:[0-9]{1,5})?$',
        maxLength: 260,
      }),
      { maxItems: 100 },
    ),
  ),
  /** Private-use schemes of the client's apps: `com.example.bank` (RFC 8252 §7.1). */
  callbackSchemes: Type.Optional(
    Type.Array(Type.String({ pattern: PRIVATE_USE_SCHEME, maxLength: 100 }), { maxItems: 20 }),
  ),
  /** Leading digits of the card numbers that the client issues. Ranges of two clients may not overlap. */
  accountRanges: Type.Optional(
    Type.Array(Type.String({ pattern: '^[0-9]{4,12}$', maxLength: 12 }), { maxItems: 1000 }),
  ),
  /** The countries for which the client may take consent. */
  countries: Type.Optional(Type.Array(Country, { maxItems: 250 })),
  /** A merchant that is a payment service provider: it registers the merchants that it acts for, and its sessions name one (merchants.ts). */
  provider: Type.Optional(Type.Boolean()),
  /** The origins of a merchant's shops; for a provider, the origins of its own frames. */
  merchantOrigins: Type.Optional(Type.Array(WebOrigin, { maxItems: 1000 })),
  /** The names of a merchant's shops that cardholders see. A provider has none. */
  merchantNames: Type.Optional(Type.Array(MerchantName, { maxItems: 1000 })),
  /** Only for an issuer that lets its cardholders make passkeys at shops. */
  verification: Type.Optional(VerificationEndpoint),
  /** For an issuer; AT_ONCE if absent. */
  activation: Type.Optional(Type.Enum(ACTIVATIONS)),
  attestation: Type.Optional(AttestationDemand),
  /** The addresses that events are posted to, each at most once. A client without webhooks can still pull events. */
  webhooks: Type.Optional(Type.Array(Webhook, { maxItems: MAX_WEBHOOKS })),
});
export type ClientRegistration = Static<typeof ClientRegistration>;
