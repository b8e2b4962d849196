/** The encrypted object of a Sessions call: decrypted, held against its schema, and reduced to the fields that the contract names. */
import {
  type AccountReferences,
  compileSchema,
  pickComplianceSettings,
  SrcSessionInitiationRequestInfo,
} from '@payment-passkeys/protocol';
import { decryptBody } from '../http/encrypted-body.ts';
import { schemaError } from '../http/errors.ts';
import type { Network } from '../network.ts';

/** Where it stands in the request. */
export const INFO_POINTER = '/srcSessionInitiationRequestInfo';

const infoSchema = compileSchema(SrcSessionInitiationRequestInfo);

/** Throws {@link ServiceError} for what cannot be decrypted, is not JSON, carries a security code, or does not meet the schema. */
export async function readSessionInfo(jwe: string, network: Network): Promise<SrcSessionInitiationRequestInfo> {
  const info = await decryptBody(jwe, { network, pointer: INFO_POINTER });
  const violations = infoSchema.violations(info);
  if (violations.length > 0) throw schemaError(violations, INFO_POINTER);
  return pickKnownFields(info as SrcSessionInitiationRequestInfo); // the schema has just said so
}

/** An unknown extra field is ignored (contract, opening words), so it is not kept either: it might hold anything, an account included. */
function pickKnownFields(info: SrcSessionInitiationRequestInfo): SrcSessionInitiationRequestInfo {
  const { cardholderVerification, consent, complianceSettings, callbackUri, locale } = info;
  return {
    accountReferences: pickAccounts(info.accountReferences),
    cardholderVerification: { method: cardholderVerification.method, verifiedAt: cardholderVerification.verifiedAt },
    consent: { country: consent.country, language: consent.language, acceptedAt: consent.acceptedAt },
    ...(complianceSettings && { complianceSettings: pickComplianceSettings(complianceSettings) }),
    ...(callbackUri !== undefined && { callbackUri }),
    ...(locale !== undefined && { locale }),
  };
}

function pickAccounts({ cards, emailAddresses, mobileNumbers }: AccountReferences): AccountReferences {
  return {
    cards: cards.map(({ primaryAccountNumber, panExpirationMonth, panExpirationYear, cardholderFullName }) => ({
      primaryAccountNumber,
      panExpirationMonth,
      panExpirationYear,
      ...(cardholderFullName !== undefined && { cardholderFullName }),
    })),
    ...(emailAddresses && { emailAddresses }),
    ...(mobileNumbers && {
      mobileNumbers: mobileNumbers.map(({ countryCode, phoneNumber }) => ({ countryCode, phoneNumber })),
    }),
  };
}
