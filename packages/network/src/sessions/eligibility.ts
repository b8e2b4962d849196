/** Whether a client may enrol these accounts now: everything about a Sessions call that is more than its schema (contract §1). */
import {
  addSeconds,
  CLOCK_SKEW_SECONDS,
  canonicalPan,
  cardHasExpired,
  checkCallbackUri,
  countAccounts,
  FRESHNESS_SECONDS,
  MAX_ACCOUNTS,
  type Mode,
  missingComplianceType,
  passesLuhn,
  type ServiceErrorCode,
  type SrcSessionInitiationRequestInfo,
} from '@payment-passkeys/protocol';

export interface Ineligibility {
  readonly code: ServiceErrorCode;
  /** JSON pointer into the decrypted object. */
  readonly pointer: string;
}

export interface EligibilityRules {
  readonly mode: Mode;
  readonly accountRanges: readonly string[];
  readonly countries: readonly string[];
  readonly callbackSchemes: readonly string[];
  readonly now: Date;
}

/** Everything that stands against the session, in the order of the message; empty when it may be made. */
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

function checkAccounts(
  { accountReferences }: SrcSessionInitiationRequestInfo,
  rules: EligibilityRules,
): readonly Ineligibility[] {
  const cards = accountReferences.cards.flatMap((card, position) => {
    const at = `/accountReferences/cards/${position}`;
    const pan = canonicalPan(card.primaryAccountNumber);
    if (!passesLuhn(pan)) return check(false, 'INVALID_FIELD', `${at}/primaryAccountNumber`);
    return [
      ...check(
        rules.accountRanges.some((prefix) => pan.startsWith(prefix)),
        'ACCOUNT_NOT_ELIGIBLE',
        `${at}/primaryAccountNumber`,
      ),
      ...check(
        !cardHasExpired(card.panExpirationMonth, card.panExpirationYear, rules.now),
        'CARD_EXPIRED',
        `${at}/panExpirationMonth`,
      ),
    ];
  });
  return [
    ...check(countAccounts(accountReferences) <= MAX_ACCOUNTS, 'TOO_MANY_ACCOUNTS', '/accountReferences'),
    ...cards,
  ];
}

function checkFreshness(pointer: string, time: string, now: Date): readonly Ineligibility[] {
  const at = new Date(time);
  const fresh = at >= addSeconds(now, -FRESHNESS_SECONDS) && at <= addSeconds(now, CLOCK_SKEW_SECONDS);
  return check(fresh, 'STALE', pointer);
}

function checkCallback(callbackUri: string | undefined, rules: EligibilityRules): readonly Ineligibility[] {
  if (callbackUri === undefined) return [];
  const checked = checkCallbackUri(callbackUri, { mode: rules.mode, registeredSchemes: rules.callbackSchemes });
  return check('uri' in checked, 'CALLBACK_INVALID', '/callbackUri');
}

function check(holds: boolean, code: ServiceErrorCode, pointer: string): readonly Ineligibility[] {
  return holds ? [] : [{ code, pointer }];
}
