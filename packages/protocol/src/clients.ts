/** What an operator writes down about an issuer or a merchant to onboard it, contract §8: `clients add FILE.json`. */
import Type, { type Static } from 'typebox';
import { PRIVATE_USE_SCHEME } from './callback.ts';
import { ClientId, Country, Text } from './fields.ts';
import { MerchantName, WebOrigin } from './transactions.ts';

/** Text around the blocks is taken (RFC 7468 §2), which `openssl x509 -text` writes in quantity. */
const PemKey = Type.String({ minLength: 1, maxLength: 64 * 1024 });

export const CLIENT_ROLES = ['issuer', 'merchant'] as const;

/** How an issuer confirms that a cardholder who makes a passkey at a shop is theirs, contract §11. */
export const VerificationEndpoint = Type.Object({
  /** Where the network sends the browser; `request` is appended to its query. */
  uri: Type.String({
    pattern: '^(https://[a-z0-9.-]+|http://([a-z0-9-]+\\.)*localhost)(:[0-9]{1,5})?(/[\\x21-\\x7e]*)?$',
    maxLength: 500,
  }),
  /** Verifies the issuer's responses. */
  signingKey: PemKey,
  /** The account is encrypted to it. */
  encryptionKey: PemKey,
});
export type VerificationEndpoint = Static<typeof VerificationEndpoint>;

const Aaguid = Type.String({ pattern: '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$', maxLength: 36 });
const Models = Type.Array(Aaguid, { maxItems: 1000 });

/**
 * What is asked of the authenticators that make passkeys for a client's cardholders: nothing where it is left out; `record` keeps what
 * their attestation shows; `require` refuses a passkey that is not attested to a trust anchor of the network's, or whose model
 * (AAGUID) is denied or not allowed.
 */
export const AttestationDemand = Type.Union([
  Type.Object({ demand: Type.Literal('record') }),
  Type.Object({ demand: Type.Literal('require'), allow: Type.Union([Type.Literal('any'), Models]), deny: Models }),
]);
export type AttestationDemand = Static<typeof AttestationDemand>;

export const ClientRegistration = Type.Object({
  clientId: ClientId,
  name: Text(100),
  role: Type.Enum(CLIENT_ROLES),
  /** The OAuth 1.0a consumer key; Mastercard's hold a `!`. */
  consumerKey: Type.String({ pattern: '^[\\x21-\\x7e]{1,128}$', maxLength: 128 }),
  /** One of signingKey and signingKeys. */
  signingKey: Type.Optional(PemKey),
  signingKeys: Type.Optional(Type.Array(PemKey, { minItems: 1, maxItems: 2 })),
  /** Hosts, `*.suffixes`, either with a port. */
  callbackDomains: Type.Optional(
    Type.Array(
      Type.String({
        pattern: '^(\\*\\.)?[a-z0-9]([a-z0-9-]*[a-z0-9])?(\\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*(:[0-9]{1,5})?$',
        maxLength: 260,
      }),
      { maxItems: 100 },
    ),
  ),
  /** Private-use schemes of the client's apps, each with a dot: `com.example.bank` (RFC 8252 §7.1). */
  callbackSchemes: Type.Optional(
    Type.Array(Type.String({ pattern: PRIVATE_USE_SCHEME, maxLength: 100 }), { maxItems: 20 }),
  ),
  /** Leading digits of the PANs that the client issues. Ranges of different clients never overlap. */
  accountRanges: Type.Optional(
    Type.Array(Type.String({ pattern: '^[0-9]{4,12}$', maxLength: 12 }), { maxItems: 1000 }),
  ),
  /** Where the client may take consent. */
  countries: Type.Optional(Type.Array(Country, { maxItems: 250 })),
  /** Of a merchant: where its shops are, as `URL.origin` spells it, and how they are named to cardholders. */
  merchantOrigins: Type.Optional(Type.Array(WebOrigin, { maxItems: 1000 })),
  merchantNames: Type.Optional(Type.Array(MerchantName, { maxItems: 1000 })),
  /** Of an issuer that takes part where passkeys are made at shops. */
  verification: Type.Optional(VerificationEndpoint),
  attestation: Type.Optional(AttestationDemand),
});
export type ClientRegistration = Static<typeof ClientRegistration>;
