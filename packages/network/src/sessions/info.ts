/** The encrypted object of a Sessions call: decrypted, held against its schema, and reduced to the fields that the contract names. */
import {
  type AccountReferences,
  type AuthenticationReason,
  BindingTransactionInfo,
  type Card,
  CardTransactionInfo,
  compileSchema,
  InstrumentSessionInfo,
  pickComplianceSettings,
  REFUSED_FIELDS,
  SrcSessionInitiationRequestInfo,
  type Transaction,
  type TransactionSessionInfo,
} from '@payment-passkeys/protocol';
import { decryptBody } from '../http/encrypted-body.ts';
import { ServiceError, schemaError } from '../http/errors.ts';
import type { Network } from '../network.ts';

/** Where it stands in the request. */
export const INFO_POINTER = '/srcSessionInitiationRequestInfo';

export type SessionInfo =
  | { readonly reason: 'ACCOUNT_LOGIN'; readonly info: SrcSessionInitiationRequestInfo }
  | { readonly reason: 'ENROL_FINANCIAL_INSTRUMENT'; readonly info: InstrumentSessionInfo }
  | { readonly reason: 'TRANSACTION_AUTHENTICATION'; readonly info: TransactionSessionInfo };

const loginSchema = compileSchema(SrcSessionInitiationRequestInfo);
const instrumentSchema = compileSchema(InstrumentSessionInfo);
const cardTransactionSchema = compileSchema(CardTransactionInfo);
const bindingTransactionSchema = compileSchema(BindingTransactionInfo);

/**
 * Throws {@link ServiceError} for what cannot be decrypted, is not JSON, carries a security code, does not meet the reason's schema, or
 * holds a field of another reason.
 */
export async function readSessionInfo(
  jwe: string,
  reason: AuthenticationReason,
  network: Network,
): Promise<SessionInfo> {
  const content = await decryptBody(jwe, { network, pointer: INFO_POINTER });
  refuseForeignFields(content, reason);
  switch (reason) {
    case 'ACCOUNT_LOGIN': {
      assertSchema(loginSchema, content);
      return { reason, info: pickLogin(content) };
    }
    case 'ENROL_FINANCIAL_INSTRUMENT': {
      assertSchema(instrumentSchema, content);
      const { accountReferences, callbackUri, locale } = content;
      return {
        reason,
        info: { accountReferences: pickAccounts(accountReferences), ...given({ callbackUri, locale }) },
      };
    }
    case 'TRANSACTION_AUTHENTICATION':
      return { reason, info: readTransaction(content) };
  }
}

function readTransaction(content: unknown): TransactionSessionInfo {
  if (!hasField(content, 'bindingId')) {
    assertSchema(cardTransactionSchema, content);
    const { accountReferences, transaction, callbackUri, locale } = content;
    return {
      accountReferences: pickAccounts(accountReferences),
      transaction: pickTransaction(transaction),
      ...given({ callbackUri, locale }),
    };
  }
  assertSchema(bindingTransactionSchema, content);
  const { bindingId, accountReferences, transaction, callbackUri, locale } = content;
  if (hasField(accountReferences, 'cards')) {
    // One card: by number or by binding.
    throw new ServiceError({ code: 'FIELD_NOT_ALLOWED', pointer: `${INFO_POINTER}/accountReferences/cards` });
  }
  return {
    bindingId,
    ...(accountReferences && { accountReferences: pickContacts(accountReferences) }),
    transaction: pickTransaction(transaction),
    ...given({ callbackUri, locale }),
  };
}

function refuseForeignFields(content: unknown, reason: AuthenticationReason): void {
  const field = REFUSED_FIELDS[reason].find((name) => hasField(content, name));
  if (field !== undefined) throw new ServiceError({ code: 'FIELD_NOT_ALLOWED', pointer: `${INFO_POINTER}/${field}` });
}

function hasField(content: unknown, name: string): boolean {
  return typeof content === 'object' && content !== null && Object.hasOwn(content, name);
}

function assertSchema<Content>(
  schema: {
    accepts(value: unknown): value is Content;
    violations(value: unknown): Parameters<typeof schemaError>[0];
  },
  content: unknown,
): asserts content is Content {
  if (!schema.accepts(content)) throw schemaError(schema.violations(content), INFO_POINTER);
}

/** An unknown extra field is ignored (contract, opening words), so it is not kept either: it might hold anything, an account included. */
function pickLogin(info: SrcSessionInitiationRequestInfo): SrcSessionInitiationRequestInfo {
  const { cardholderVerification, consent, complianceSettings, callbackUri, locale } = info;
  return {
    accountReferences: pickAccounts(info.accountReferences),
    cardholderVerification: { method: cardholderVerification.method, verifiedAt: cardholderVerification.verifiedAt },
    consent: { country: consent.country, language: consent.language, acceptedAt: consent.acceptedAt },
    ...(complianceSettings && { complianceSettings: pickComplianceSettings(complianceSettings) }),
    ...given({ callbackUri, locale }),
  };
}

function pickAccounts({ cards, ...contacts }: AccountReferences): AccountReferences {
  return { cards: cards.map(pickCard), ...pickContacts(contacts) };
}

function pickCard({ primaryAccountNumber, panExpirationMonth, panExpirationYear, cardholderFullName }: Card): Card {
  return { primaryAccountNumber, panExpirationMonth, panExpirationYear, ...given({ cardholderFullName }) };
}

function pickContacts({ emailAddresses, mobileNumbers }: Omit<AccountReferences, 'cards'>) {
  return {
    ...(emailAddresses && { emailAddresses }),
    ...(mobileNumbers && {
      mobileNumbers: mobileNumbers.map(({ countryCode, phoneNumber }) => ({ countryCode, phoneNumber })),
    }),
  };
}

function pickTransaction({
  transactionAmount: amount,
  merchantName,
  merchantOrigin,
  orderId,
}: Transaction): Transaction {
  const { transactionAmount, transactionCurrencyCode } = amount;
  return {
    transactionAmount: { transactionAmount, transactionCurrencyCode },
    merchantName,
    merchantOrigin,
    orderId,
  };
}

/** The members that are there. */
function given<Name extends string>(
  members: { readonly [name in Name]: string | undefined },
): {
  [name in Name]?: string;
} {
  const there = Object.entries(members).filter(([, value]) => value !== undefined);
  return Object.fromEntries(there) as { [name in Name]?: string }; // fromEntries forgets the names
}
