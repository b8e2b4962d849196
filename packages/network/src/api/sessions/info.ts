/** The encrypted object of a Sessions call: decrypted, checked against its schema, and reduced to the fields of the contract. */
import {
  type AccountReferences,
  type AuthenticationReason,
  BindingTransactionInfo,
  type Card,
  CardTransactionInfo,
  type CompiledSchema,
  compileSchema,
  InstrumentSessionInfo,
  localeField,
  normalName,
  pickComplianceSettings,
  REFUSED_FIELDS,
  SrcSessionInitiationRequestInfo,
  Transaction,
} from '@payment-passkeys/protocol';
import type { Static, TSchema } from 'typebox';
import { type DecryptionDependencies, decryptBody } from '../../domain/keys/encrypted-body.ts';
import { ServiceError, schemaError } from '../../platform/errors/errors.ts';

/** The object's place in the request. */
export const INFO_POINTER = '/srcSessionInitiationRequestInfo';

/** The message as the network uses it. A locale is only a hint: it is reduced to its readable part. */
type Read<Message> = Omit<Message, 'locale'> & { readonly locale?: string };
type LoginInfo = Read<SrcSessionInitiationRequestInfo>;
type TransactionInfo = Read<CardTransactionInfo> | Read<BindingTransactionInfo>;

export type SessionInfo =
  | { readonly reason: 'ACCOUNT_LOGIN'; readonly info: LoginInfo }
  | { readonly reason: 'ENROL_FINANCIAL_INSTRUMENT'; readonly info: Read<InstrumentSessionInfo> }
  | { readonly reason: 'TRANSACTION_AUTHENTICATION'; readonly info: TransactionInfo };

const loginSchema = compileSchema(SrcSessionInitiationRequestInfo);
const instrumentSchema = compileSchema(InstrumentSessionInfo);
const cardTransactionSchema = compileSchema(CardTransactionInfo);
const bindingTransactionSchema = compileSchema(BindingTransactionInfo);

/** The schemas of the object, by reason. */
const INFO_SCHEMAS = {
  ACCOUNT_LOGIN: [SrcSessionInitiationRequestInfo],
  ENROL_FINANCIAL_INSTRUMENT: [InstrumentSessionInfo],
  TRANSACTION_AUTHENTICATION: [CardTransactionInfo, BindingTransactionInfo],
} as const;

/** Decrypts the object. Throws {@link ServiceError} when it cannot be decrypted, is not JSON, or holds a security code. */
export function decryptSessionInfo(jwe: string, network: DecryptionDependencies): Promise<unknown> {
  return decryptBody(jwe, { network, pointer: INFO_POINTER });
}

/** The parts of the object whose unknown fields are named to the caller: the object itself, and the transaction of a payment. */
export function partsOfInfo(content: unknown, reason: AuthenticationReason) {
  const whole = { value: content, schemas: INFO_SCHEMAS[reason], pointer: INFO_POINTER };
  if (reason !== 'TRANSACTION_AUTHENTICATION' || !hasField(content, 'transaction')) return [whole];
  const { transaction } = content as { readonly transaction: unknown }; // hasField has just found it
  return [whole, { value: transaction, schemas: [Transaction], pointer: `${INFO_POINTER}/transaction` }];
}

/** Throws {@link ServiceError} when the content violates the reason's schema, or holds a field of another reason. */
export function readSessionInfo(content: unknown, reason: AuthenticationReason): SessionInfo {
  refuseForeignFields(content, reason);
  switch (reason) {
    case 'ACCOUNT_LOGIN':
      return { reason, info: pickLogin(readBy(loginSchema, content)) };
    case 'ENROL_FINANCIAL_INSTRUMENT': {
      const info = readBy(instrumentSchema, content);
      return { reason, info: { accountReferences: pickAccounts(info.accountReferences), ...pickPageFields(info) } };
    }
    case 'TRANSACTION_AUTHENTICATION':
      return { reason, info: readTransaction(content) };
  }
}

function readTransaction(content: unknown): TransactionInfo {
  if (!hasField(content, 'bindingId')) {
    const info = readBy(cardTransactionSchema, content);
    return {
      accountReferences: pickAccounts(info.accountReferences),
      transaction: pickTransaction(info.transaction),
      ...pickPageFields(info),
    };
  }
  const info = readBy(bindingTransactionSchema, content);
  const { bindingId, accountReferences, transaction } = info;
  if (hasField(accountReferences, 'cards')) {
    // A payment has one card, given by its number or by a binding.
    throw new ServiceError({ code: 'FIELD_NOT_ALLOWED', pointer: `${INFO_POINTER}/accountReferences/cards` });
  }
  return {
    bindingId,
    ...(accountReferences && { accountReferences: pickContacts(accountReferences) }),
    transaction: pickTransaction(transaction),
    ...pickPageFields(info),
  };
}

function refuseForeignFields(content: unknown, reason: AuthenticationReason): void {
  const field = REFUSED_FIELDS[reason].find((name) => hasField(content, name));
  if (field !== undefined) throw new ServiceError({ code: 'FIELD_NOT_ALLOWED', pointer: `${INFO_POINTER}/${field}` });
}

/** `null` counts as absent. */
function hasField(content: unknown, name: string): boolean {
  if (typeof content !== 'object' || content === null || !Object.hasOwn(content, name)) return false;
  return Reflect.get(content, name) !== null;
}

function readBy<Schema extends TSchema>(schema: CompiledSchema<Schema>, given: unknown): Static<Schema> {
  const content = schema.withoutNulls(given);
  if (!schema.accepts(content)) throw schemaError(schema.violations(content), { prefix: INFO_POINTER });
  return content;
}

/** Unknown fields are ignored (contract, opening words) and not stored: they might hold anything, even an account. */
function pickLogin(info: SrcSessionInitiationRequestInfo): LoginInfo {
  const { cardholderVerification, consent, complianceSettings } = info;
  return {
    accountReferences: pickAccounts(info.accountReferences),
    cardholderVerification: { method: cardholderVerification.method, verifiedAt: cardholderVerification.verifiedAt },
    consent: { country: consent.country, language: consent.language, acceptedAt: consent.acceptedAt },
    ...(complianceSettings && { complianceSettings: pickComplianceSettings(complianceSettings) }),
    ...pickPageFields(info),
  };
}

/** What the hosted page needs: where it returns to, and its language. */
function pickPageFields({ callbackUri, locale }: Pick<InstrumentSessionInfo, 'callbackUri' | 'locale'>) {
  return { ...(callbackUri !== undefined && { callbackUri }), ...localeField(locale) };
}

function pickAccounts(accounts: AccountReferences): AccountReferences {
  return { cards: accounts.cards.map(pickCard), ...pickContacts(accounts) };
}

function pickCard({ primaryAccountNumber, panExpirationMonth, panExpirationYear, cardholderFullName }: Card): Card {
  return {
    primaryAccountNumber,
    panExpirationMonth,
    panExpirationYear,
    ...(cardholderFullName !== undefined && { cardholderFullName }),
  };
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
  acquirerMerchantId,
  acquirerBIN,
  merchantCategoryCode,
  merchantCountryCode,
}: Transaction): Transaction {
  const { transactionAmount, transactionCurrencyCode } = amount;
  return {
    transactionAmount: { transactionAmount, transactionCurrencyCode },
    orderId,
    ...given({
      merchantName: merchantName && normalName(merchantName),
      merchantOrigin,
      acquirerMerchantId,
      acquirerBIN,
      merchantCategoryCode,
      merchantCountryCode,
    }),
  };
}

/** Only the defined members. */
function given<Name extends string>(
  members: { readonly [name in Name]: string | undefined },
): {
  [name in Name]?: string;
} {
  const there = Object.entries(members).filter(([, value]) => value !== undefined);
  return Object.fromEntries(there) as { [name in Name]?: string }; // fromEntries loses the types of the names
}
