/** Consent receipts. The server renders the shown text itself and trusts no text from the browser. A written receipt is never changed. */
import { randomUUID } from 'node:crypto';
import { rules } from '@payment-passkeys/kit';
import { type ComplianceResource, type Consent, compileSchema } from '@payment-passkeys/protocol';
import Type from 'typebox';
import { checkGiven } from '../errors.ts';
import type { Catalogue } from './catalogue.ts';
import { chooseText } from './choice.ts';
import { ConsentError } from './errors.ts';
import { CHANNELS, type Channel, type ConsentReceipt } from './receipt.ts';
import type { ConsentStore, ReceiptQuery } from './receipt-store.ts';
import { hashText, type RenderedConsent, renderConsent } from './rendering.ts';

/** A consent as it arrives from the screen, for `record` of {@link Consents}. */
export interface ConsentArrival {
  readonly cardholderId: string;
  readonly channel: Channel;
  /**
   * What the screen sent: JSON text or the object ({@link AcceptedConsent}). Only country, language, catalogue version and hash are read
   * from it.
   */
  readonly accepted: unknown;
  /** Masked labels of the accounts that will be linked; at most twenty. */
  readonly accounts: readonly string[];
}

/** A recorded consent: its receipt, and the values for `startEnrolment`. */
export interface RecordedConsent {
  readonly receipt: ConsentReceipt;
  /** For `startEnrolment`: the receipt's values in the form of the Sessions call. */
  readonly consent: Consent;
  readonly complianceResources: readonly ComplianceResource[];
}

/** The texts that a cardholder agrees to, and the receipts of those who did. */
export interface Consents {
  readonly catalogue: Catalogue;
  /** The current text for a country and language, and its hash. Throws ConsentError `COUNTRY_UNKNOWN`, `LANGUAGE_UNKNOWN`. */
  show(place: {
    readonly country: string;
    readonly language: string;
  }): Promise<RenderedConsent & { readonly textHash: string }>;
  /**
   * Stores a consent; call it before the browser is redirected. Throws ConsentError, and stores nothing: `CONSENT_MALFORMED`;
   * `COUNTRY_UNKNOWN`, `LANGUAGE_UNKNOWN`, `COUNTRY_NOT_ELIGIBLE`; `CONSENT_CHANGED` when the text that was shown is not the current one:
   * show it and ask again.
   */
  record(arrival: ConsentArrival): Promise<RecordedConsent>;
  /** Undefined if there is no such receipt. */
  find(key: { readonly receiptId: string }): Promise<ConsentReceipt | undefined>;
  /** A cardholder's receipts, newest first. */
  findByCardholder(key: { readonly cardholderId: string }): Promise<readonly ConsentReceipt[]>;
  /** For an auditor: by time, country, language or text; newest first, at most `limit` (100, at most 1,000). Use `to` for the next page. */
  findAll(query: ReceiptQuery): Promise<readonly ConsentReceipt[]>;
}

/** The options of {@link createConsents}. */
export interface ConsentsOptions {
  /** A catalogue from {@link readCatalogue}, so with absolute addresses. */
  readonly catalogue: Catalogue;
  readonly store: ConsentStore;
  /** The bank's name in the texts; the element must have the same. */
  readonly bank: string;
  /** The current time; the machine's by default. */
  readonly clock?: () => Date;
}

const Accepted = compileSchema(
  Type.Object({
    catalogueVersion: Type.String({ maxLength: 32 }),
    textHash: Type.String({ pattern: '^[0-9a-f]{64}$', maxLength: 64 }),
    country: Type.String({ pattern: '^[A-Z]{2}$', maxLength: 2 }),
    language: Type.String({ pattern: '^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$', maxLength: 35 }),
  }),
);
const MAX_ACCEPTED_LENGTH = 16 * 1024;

/** Throws IssuerError `INVALID_OPTIONS` for wrong options, and so does every method for wrong arguments. */
export function createConsents(options: ConsentsOptions): Consents {
  checkGiven(options, { name: 'createConsents', fields: CONSENTS_OPTIONS });
  const { catalogue, store, bank, clock = () => new Date() } = options;
  const show: Consents['show'] = async (place) => {
    checkGiven(place, { name: 'show', fields: PLACE });
    const { country, language } = place;
    const { entries } = placeOf(catalogue, { country, language });
    const rendered = renderConsent({ entries, country, bank });
    return { ...rendered, textHash: await hashText(rendered.text) };
  };
  return {
    catalogue,
    show,

    async record(arrival) {
      checkGiven(arrival, { name: 'record', fields: ARRIVAL });
      const { cardholderId, channel, accepted, accounts } = arrival;
      const claim = readAccepted(accepted);
      if (placeOf(catalogue, claim).ineligible !== undefined) throw new ConsentError('COUNTRY_NOT_ELIGIBLE');
      const shown = await show(claim);
      // Both are compared: two catalogues may have the same text, and a receipt names the catalogue that was on the screen.
      if (claim.textHash !== shown.textHash || claim.catalogueVersion !== catalogue.index.version) {
        throw new ConsentError('CONSENT_CHANGED');
      }
      const receipt: ConsentReceipt = {
        receiptId: randomUUID(),
        cardholderId,
        channel,
        country: shown.country,
        language: shown.language,
        catalogueVersion: catalogue.index.version,
        textVersion: shown.version,
        textHash: shown.textHash,
        text: shown.text,
        resources: shown.resources,
        accounts,
        acceptedAt: clock(),
      };
      await store.addReceipt(receipt);
      const { country, language, acceptedAt } = receipt;
      return {
        receipt,
        consent: { country, language, acceptedAt: acceptedAt.toISOString() },
        complianceResources: receipt.resources,
      };
    },

    async find(key) {
      checkGiven(key, { name: 'find', fields: { receiptId: text(255) } });
      return store.findReceipt(key);
    },
    async findByCardholder(key) {
      checkGiven(key, { name: 'findByCardholder', fields: { cardholderId: text(255) } });
      return store.findReceiptsOf(key);
    },
    async findAll(query) {
      checkGiven(query, { name: 'findAll', fields: QUERY });
      return store.findReceipts({ ...query, limit: Math.min(query.limit ?? 100, 1000) });
    },
  };
}

const { aDate, aFunction, fields, listOf, oneOf, optional, rule, text, withMethods } = rules;

const CONSENTS_OPTIONS: rules.Rules = {
  catalogue: fields({ index: rules.anObject, languages: rules.anObject }),
  store: withMethods('addReceipt', 'findReceipt', 'findReceiptsOf', 'findReceipts'),
  bank: text(255),
  clock: optional(aFunction),
};

const PLACE: rules.Rules = { country: rules.anyText, language: rules.anyText };

/** `accepted` is checked separately, because it comes from a browser. */
const ARRIVAL: rules.Rules = {
  cardholderId: text(255),
  channel: oneOf(CHANNELS),
  accounts: listOf(text(255), { max: 20 }),
};

const QUERY: rules.Rules = {
  from: optional(aDate),
  to: optional(aDate),
  country: optional(rules.anyText),
  language: optional(rules.anyText),
  textHash: optional(rules.anyText),
  catalogueVersion: optional(rules.anyText),
  limit: optional(rule('must be a whole number from 1 on', (value) => Number.isInteger(value) && Number(value) > 0)),
};

function readAccepted(accepted: unknown) {
  const value = typeof accepted === 'string' ? parse(accepted) : accepted;
  if (!Accepted.accepts(value)) throw new ConsentError('CONSENT_MALFORMED');
  return value;
}

function parse(text: string): unknown {
  if (text.length > MAX_ACCEPTED_LENGTH) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Finds exactly the named language: the screen has already applied any fallback and sent its result. */
function placeOf(catalogue: Catalogue, { country, language }: { readonly country: string; readonly language: string }) {
  const choice = chooseText(catalogue.index, { country, languages: [language] });
  if (choice === undefined) throw new ConsentError('COUNTRY_UNKNOWN');
  const entries = Object.hasOwn(catalogue.languages, language) ? catalogue.languages[language] : undefined;
  if (entries === undefined) throw new ConsentError('LANGUAGE_UNKNOWN');
  return { entries, ineligible: choice.ineligible };
}
