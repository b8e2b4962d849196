/** The test account that a person gives to the probe: its input is checked before anything is sent. */
import { rules } from '@payment-passkeys/kit';
import {
  type AccountReferences,
  type ComplianceResource,
  maskEmail,
  maskMobile,
  maskPan,
  type SrcSessionInitiationRequestInfo,
} from '@payment-passkeys/protocol';
import { checkGiven } from '../errors.ts';
import { checkInfo } from '../server/network.ts';

/** A test account of the network, with what a session needs beside it. */
export interface ProbeAccount {
  /** Test numbers only; never a cardholder's. */
  readonly accounts: AccountReferences;
  /** The country of the consent: two letters. */
  readonly country: string;
  /** The language of the consent: BCP 47. */
  readonly language: string;
  /** One of the callback addresses from onboarding. */
  readonly callbackUri: string;
  /** The terms and the privacy notice. */
  readonly complianceResources: readonly ComplianceResource[];
}

const ACCOUNT: rules.Rules = {
  accounts: rules.anObject,
  country: rules.text(2),
  language: rules.text(35),
  callbackUri: rules.anAddress,
  complianceResources: rules.listOf(rules.anObject, { min: 1 }),
};

/**
 * The object that a Sessions request encrypts. Throws IssuerError `INVALID_OPTIONS` or `INVALID_ENROLMENT`; the message names the field and
 * never its value.
 */
export function buildSessionInfo(account: ProbeAccount, now: Date): SrcSessionInitiationRequestInfo {
  checkGiven(account, { name: 'account', fields: ACCOUNT });
  const { accounts, country, language, callbackUri, complianceResources } = account;
  const info: SrcSessionInitiationRequestInfo = {
    accountReferences: accounts,
    cardholderVerification: { method: 'ISSUER_LOGIN', verifiedAt: now.toISOString() },
    consent: { country, language, acceptedAt: now.toISOString() },
    complianceSettings: { complianceResources: [...complianceResources] },
    callbackUri,
  };
  checkInfo(info);
  return info;
}

/** Masked, for the plan. */
export function describeAccounts({ cards, emailAddresses = [], mobileNumbers = [] }: AccountReferences): string {
  const masked = [
    ...cards.map(({ primaryAccountNumber }) => maskPan(primaryAccountNumber)),
    ...emailAddresses.map(maskEmail),
    ...mobileNumbers.map(maskMobile),
  ];
  return masked.join(', ');
}
