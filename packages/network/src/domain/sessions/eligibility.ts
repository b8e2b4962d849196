/** The rules of a Sessions call beyond its schema (contract §1). */
import {
  addSeconds,
  amountText,
  type Card,
  CLOCK_SKEW_SECONDS,
  canonicalPan,
  cardHasExpired,
  checkCallbackUri,
  countAccounts,
  FRESHNESS_SECONDS,
  type InstrumentSessionInfo,
  isAmountOf,
  MAX_ACCOUNTS,
  type Mode,
  missingComplianceType,
  normalName,
  passesLuhn,
  type ServiceErrorCode,
  type SrcSessionInitiationRequestInfo,
  type Transaction,
  type TransactionSessionInfo,
} from '@payment-passkeys/protocol';

export interface Ineligibility {
  readonly code: ServiceErrorCode;
  /** JSON pointer into the decrypted object. */
  readonly pointer: string;
}

/** The rules of a merchant's session. Whether the card's issuer takes part is checked elsewhere. */
export interface MerchantRules {
  readonly mode: Mode;
  /** A payment service provider: name and origin are those of the merchant's registration, and are compared with it elsewhere. */
  readonly provider: boolean;
  readonly merchantOrigins: readonly string[];
  readonly merchantNames: readonly string[];
  readonly callbackSchemes: readonly string[];
  readonly now: Date;
}

export interface EligibilityRules {
  readonly mode: Mode;
  readonly accountRanges: readonly string[];
  readonly countries: readonly string[];
  readonly callbackSchemes: readonly string[];
  readonly now: Date;
}

/** Every reason against the session, in the order of the message; empty when it is eligible. */
export function findIneligibilities(
  info: SrcSessionInitiationRequestInfo,
  rules: EligibilityRules,
): readonly Ineligibility[] {
  return [
    ...checkAccounts(info, rules),
    ...checkFreshness('/cardholderVerification/verifiedAt', info.cardholderVerification.verifiedAt, rules.now),
    ...checkFreshness('/consent/acceptedAt', info.consent.acceptedAt, rules.now),
    ...check(rules.countries.includes(info.consent.country), 'COUNTRY_NOT_ELIGIBLE', '/consent/country'),
    ...check(
      info.complianceSettings === undefined || missingComplianceType(info.complianceSettings) === undefined,
      'COMPLIANCE_INCOMPLETE',
      '/complianceSettings/complianceResources',
    ),
    ...checkCallback(info.callbackUri, rules),
  ];
}

/** The same for a merchant's session: its card, and the transaction of a payment. */
export function findMerchantIneligibilities(
  info: InstrumentSessionInfo | TransactionSessionInfo,
  rules: MerchantRules,
): readonly Ineligibility[] {
  const cards =
    info.accountReferences !== undefined && 'cards' in info.accountReferences ? info.accountReferences.cards : [];
  return [
    ...cards.flatMap((card, position) => checkCard(card, `/accountReferences/cards/${position}`, rules)),
    ...('transaction' in info ? checkTransaction(info.transaction, rules) : []),
    ...checkCallback(info.callbackUri, rules),
  ];
}

function checkTransaction(transaction: Transaction, rules: MerchantRules): readonly Ineligibility[] {
  const { transactionAmount: amount, merchantName, merchantOrigin } = transaction;
  return [
    ...check(
      isAmountOf(amountText(amount.transactionAmount, amount.transactionCurrencyCode), amount.transactionCurrencyCode),
      'AMOUNT_INVALID',
      '/transaction/transactionAmount/transactionAmount',
    ),
    ...(rules.provider
      ? []
      : [
          ...checkMerchant(merchantName, '/transaction/merchantName', (name) => isNameOf(rules, name)),
          ...checkMerchant(merchantOrigin, '/transaction/merchantOrigin', (origin) =>
            rules.merchantOrigins.includes(origin),
          ),
        ]),
  ];
}

function checkMerchant(
  given: string | undefined,
  pointer: string,
  isAllowed: (given: string) => boolean,
): readonly Ineligibility[] {
  if (given === undefined) return check(false, 'MISSING_FIELD', pointer);
  return check(isAllowed(given), 'MERCHANT_NOT_ALLOWED', pointer);
}

/** Compares normal forms: an earlier release may have stored another form. */
function isNameOf({ merchantNames }: MerchantRules, name: string): boolean {
  return merchantNames.some((registered) => normalName(registered) === normalName(name));
}

function checkAccounts(
  { accountReferences }: SrcSessionInitiationRequestInfo,
  rules: EligibilityRules,
): readonly Ineligibility[] {
  const cards = accountReferences.cards.flatMap((card, position) => {
    const at = `/accountReferences/cards/${position}`;
    const faults = checkCard(card, at, rules);
    if (faults.some(({ code }) => code === 'INVALID_FIELD')) return faults;
    const pan = canonicalPan(card.primaryAccountNumber);
    const inRange = rules.accountRanges.some((prefix) => pan.startsWith(prefix));
    return [...check(inRange, 'ACCOUNT_NOT_ELIGIBLE', `${at}/primaryAccountNumber`), ...faults];
  });
  return [
    ...check(countAccounts(accountReferences) <= MAX_ACCOUNTS, 'TOO_MANY_ACCOUNTS', '/accountReferences'),
    ...cards,
  ];
}

/** A number that fails Luhn is no card number, so nothing else is checked. */
function checkCard(card: Card, at: string, { now }: { readonly now: Date }): readonly Ineligibility[] {
  if (!passesLuhn(canonicalPan(card.primaryAccountNumber)))
    return check(false, 'INVALID_FIELD', `${at}/primaryAccountNumber`);
  const expired = cardHasExpired(card.panExpirationMonth, card.panExpirationYear, now);
  return check(!expired, 'CARD_EXPIRED', `${at}/panExpirationMonth`);
}

function checkFreshness(pointer: string, time: string, now: Date): readonly Ineligibility[] {
  const at = new Date(time);
  const fresh = at >= addSeconds(now, -FRESHNESS_SECONDS) && at <= addSeconds(now, CLOCK_SKEW_SECONDS);
  return check(fresh, 'STALE', pointer);
}

function checkCallback(
  callbackUri: string | undefined,
  rules: Pick<EligibilityRules, 'mode' | 'callbackSchemes'>,
): readonly Ineligibility[] {
  if (callbackUri === undefined) return [];
  const checked = checkCallbackUri(callbackUri, { mode: rules.mode, registeredSchemes: rules.callbackSchemes });
  return check(checked.ok, 'CALLBACK_INVALID', '/callbackUri');
}

function check(holds: boolean, code: ServiceErrorCode, pointer: string): readonly Ineligibility[] {
  return holds ? [] : [{ code, pointer }];
}
