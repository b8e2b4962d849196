/** The rules for the arguments of the kit's calls, for callers without types. The schemas of the Sessions API check the rest. */
import { rules } from '@payment-passkeys/kit';

const { aFunction, anObject, anyText, either, fields, optional, rule, text, withMethods } = rules;

/** Other options are checked by the functions that read them: the keys, `callbackOrigins`. */
export const MERCHANT_OPTIONS: rules.Rules = {
  network: fields({ url: text(), audience: text(255) }),
  clientId: text(255),
  store: withMethods(
    'addPayment',
    'findPayment',
    'findPaymentOfOrder',
    'spendProof',
    'addCardEnrolment',
    'findCardEnrolment',
    'completeCardEnrolment',
  ),
  readAuthenticator: optional(rule('must be true or false', (value) => typeof value === 'boolean')),
  eci: optional(
    rule(
      'must have two digits for each brand',
      (value) =>
        typeof value === 'object' &&
        value !== null &&
        Object.values(value).every((digits) => /^[0-9]{2}$/.test(String(digits))),
    ),
  ),
  onEvent: optional(aFunction),
  clock: optional(aFunction),
  fetch: optional(aFunction),
  timers: optional(withMethods('wait', 'timeout')),
  random: optional(aFunction),
  tracerProvider: optional(withMethods('getTracer')),
};

const START: rules.Rules = {
  shopperId: text(255),
  emailAddress: optional(anyText),
  mobileNumber: optional(anObject),
  merchant: optional(text(22)),
  locale: optional(anyText),
  browser: optional(anyText),
  trace: rules.aTrace,
};

const CARD_NUMBER: rules.Rules = {
  primaryAccountNumber: anyText,
  panExpirationMonth: anyText,
  panExpirationYear: anyText,
};
const SAVED_CARD: rules.Rules = { bindingId: text(255), brand: text(64), lastFour: text(4) };

export const PAYMENT_START: rules.Rules = {
  ...START,
  order: fields({
    orderId: anyText,
    amount: anyText,
    currency: anyText,
    merchantName: anyText,
    merchantOrigin: anyText,
  }),
  acquirer: optional(anObject),
  card: (value, name) =>
    typeof value === 'object' && value !== null && 'bindingId' in value
      ? fields(SAVED_CARD)(value, name)
      : fields(CARD_NUMBER)(value, name),
};

export const CARD_START: rules.Rules = { ...START, card: fields(CARD_NUMBER) };

const ARRIVAL: rules.Rules = { browser: optional(anyText), shopperId: optional(text(255)), trace: rules.aTrace };

export const RETURN: rules.Rules = {
  ...ARRIVAL,
  url: either('must be text or a URL', anyText, (value, name) => (value instanceof URL ? [] : [name])),
};

/** The payment's id and the report come from a browser: they are checked separately. */
export const CONFIRMATION_REPORT: rules.Rules = ARRIVAL;
