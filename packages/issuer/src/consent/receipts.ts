/**
 * Consent receipts: what was shown is what is kept. The server renders the text itself and takes nothing of a browser's word for it; a
 * receipt, once written, is never changed.
 */
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
  /** What the screen sent: JSON text or the object ({@link AcceptedConsent}). Of it country, language, catalogue version and hash are read. */
  readonly accepted: unknown;
  /** Masked labels of the accounts that will be linked; at most twenty. */
  readonly accounts: readonly string[];
}

/** A recorded consent: its receipt, and what `startEnrolment` takes of it. */
export interface RecordedConsent {
  readonly receipt: ConsentReceipt;
  /** For `startEnrolment`: the receipt's facts, as they travel in the Sessions call. */
  readonly consent: Consent;
  readonly complianceResources: readonly ComplianceResource[];
}

/** The texts that a cardholder agrees to, and the receipts of those who did. */
export interface Consents {
  readonly catalogue: Catalogue;
  /** The text for a country and language as it stands now, and its hash. Throws ConsentError `COUNTRY_UNKNOWN`, `LANGUAGE_UNKNOWN`. */
  show(place: {
    readonly country: string;
    readonly language: string;
  }): Promise<RenderedConsent & { readonly textHash: string }>;
  /**
   * Keeps a consent before the browser is sent away. Throws ConsentError: `CONSENT_MALFORMED`; `COUNTRY_UNKNOWN`, `LANGUAGE_UNKNOWN`,
   * `COUNTRY_NOT_ELIGIBLE`; `CONSENT_CHANGED` when what was shown is not today's text: show it and ask again. Then nothing is kept.
   */
  record(arrival: ConsentArrival): Promise<RecordedConsent>;
  /** Undefined where there is no such receipt. */
  find(key: { readonly receiptId: string }): Promise<ConsentReceipt | undefined>;
  /** A cardholder's own, newest first. */
  findByCardholder(key: { readonly cardholderId: string }): Promise<readonly ConsentReceipt[]>;
  /** For an auditor: by time, country, language or text; newest first, at most `limit` (100, at most 1,000). Page on by `to`. */
  findAll(query: ReceiptQuery): Promise<readonly ConsentReceipt[]>;
}

/** What {@link createConsents} needs. */
export interface ConsentsOptions {
  /** As {@link readCatalogue} gives it: addresses absolute. */
  readonly catalogue: Catalogue;
  readonly store: ConsentStore;
  /** The name of the bank in the texts; the element is given the same. */
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

/** Checks its options (throws IssuerError `INVALID_OPTIONS`), and so does every method with what it is given. */
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
      // Both: the same text may stand in two catalogues, and a receipt names the one that was on the screen.
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

/** What the screen sent, `accepted`, is judged apart: it is a browser's. */
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

/** Exactly the language that is named: a fallback was the screen's to make, and to say. */
function placeOf(catalogue: Catalogue, { country, language }: { readonly country: string; readonly language: string }) {
  const choice = chooseText(catalogue.index, { country, languages: [language] });
  if (choice === undefined) throw new ConsentError('COUNTRY_UNKNOWN');
  const entries = Object.hasOwn(catalogue.languages, language) ? catalogue.languages[language] : undefined;
  if (entries === undefined) throw new ConsentError('LANGUAGE_UNKNOWN');
  return { entries, ineligible: choice.ineligible };
}
