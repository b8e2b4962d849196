/** A cardholder without a browser: it opens a launch address and acts there, or confirms a payment in the shop's own page. */
import Type, { type Static } from 'typebox';
import { AssertionRequest, SecurePaymentConfirmation } from '../assertion.ts';
import { Text } from '../fields.ts';

/** Takes a {@link CardholderRequest}. Unsigned: whoever has the launch address is the cardholder. */
export const CARDHOLDER_PATH = '/sandbox/cardholder';
/** The same on the console's listener, for operators. */
export const SANDBOX_CARDHOLDER_PATH = '/api/sandbox/cardholder';

/**
 * What the cardholder does. CREATE and USE: a passkey. APPROVE: a payment; before that, a passkey is made or used if the page asks for one.
 * NOT_NOW: the button. CANCEL and FAIL: the dialog of the device is cancelled, or fails. CLOSE: the page is closed without an answer.
 */
export const CARDHOLDER_ACTIONS = ['CREATE', 'USE', 'APPROVE', 'NOT_NOW', 'CANCEL', 'FAIL', 'CLOSE'] as const;
export type CardholderAction = (typeof CARDHOLDER_ACTIONS)[number];

/** What the cardholder does in the browser's payment dialog. */
export const CONFIRMATION_ACTIONS = ['APPROVE', 'NOT_NOW', 'CANCEL', 'FAIL', 'CLOSE'] as const;
export type ConfirmationAction = (typeof CONFIRMATION_ACTIONS)[number];

/**
 * A device keeps its passkeys and cookies under its name. Everybody who uses the sandbox shares the names. Without a name, the device is new
 * and forgotten afterwards.
 */
const DeviceName = Type.String({ pattern: '^[A-Za-z0-9._-]{1,64}$', maxLength: 64 });

/** On the network's page. */
export const CardholderAtPage = Type.Object({
  /** The launch address, with its fragment; or the address at which the card's issuer sends the cardholder back. */
  uri: Text(16 * 1024),
  do: Type.Enum(CARDHOLDER_ACTIONS),
  device: Type.Optional(DeviceName),
});
export type CardholderAtPage = Static<typeof CardholderAtPage>;

/** In the shop's page, by Secure Payment Confirmation. */
export const CardholderAtShop = Type.Object({
  /** As the Sessions call answered it. */
  securePaymentConfirmation: SecurePaymentConfirmation,
  /** The origin of the shop's page. Required where the options have no `payeeOrigin`. */
  origin: Type.Optional(Text(260)),
  do: Type.Enum(CONFIRMATION_ACTIONS),
  device: Type.Optional(DeviceName),
});
export type CardholderAtShop = Static<typeof CardholderAtShop>;

export const CardholderRequest = Type.Union([CardholderAtPage, CardholderAtShop]);
export type CardholderRequest = Static<typeof CardholderRequest>;

/** Where the page sends the browser: the callback with its query, or the card's issuer. Null: the cardholder has closed the page. */
export const CardholderAtPageAnswer = Type.Object({ redirect: Type.Union([Text(8192), Type.Null()]) });
export type CardholderAtPageAnswer = Static<typeof CardholderAtPageAnswer>;

/** What the shop reports to `POST /authentication/sessions/{id}/assertion`. Null: the cardholder has closed the page. */
export const CardholderAtShopAnswer = Type.Object({ confirmation: Type.Union([AssertionRequest, Type.Null()]) });
export type CardholderAtShopAnswer = Static<typeof CardholderAtShopAnswer>;

export const CardholderAnswer = Type.Union([CardholderAtPageAnswer, CardholderAtShopAnswer]);
export type CardholderAnswer = Static<typeof CardholderAnswer>;
