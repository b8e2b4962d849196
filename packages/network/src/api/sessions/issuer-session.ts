/** An issuer's session, ACCOUNT_LOGIN: the cardholder is verified and has agreed, and every card is the issuer's own (contract §1). */
import type { SrcSessionInitiationRequestInfo } from '@payment-passkeys/protocol';
import { boundIndexes, indexSession, sealAccounts } from '../../domain/accounts/account-vault.ts';
import { findIneligibilities } from '../../domain/sessions/eligibility.ts';
import { type Draft, type DraftContext, refuseIneligible } from './draft.ts';

/** Throws {@link ServiceError} when the session is not eligible. */
export function draftIssuerSession(info: SrcSessionInitiationRequestInfo, context: DraftContext): Draft {
  const { client, network, sessionId, now } = context;
  refuseIneligible(findIneligibilities(info, { ...client, mode: network.config.mode, now }));
  const { vault } = network.keys.current();
  const indexes = indexSession(info.accountReferences, vault);
  return {
    session: {
      verification: info.cardholderVerification,
      consent: info.consent,
      compliance: info.complianceSettings,
      accounts: sealAccounts(info.accountReferences, vault, sessionId),
      indexes,
      searchIndexes: boundIndexes(indexes),
    },
  };
}
