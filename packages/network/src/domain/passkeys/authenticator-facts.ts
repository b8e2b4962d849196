/** What is known of the authenticator that holds a passkey (contract §13). */
import type { AuthenticatorFacts } from '@payment-passkeys/protocol';
import { type Sql, sql } from '@payment-passkeys/storage';

/** The facts as they are stored in events and selected. The model's name is added when they are read. */
export type StoredFacts = Omit<AuthenticatorFacts, 'model'> & {
  /** True if the attestation proves the model; else null or absent. */
  readonly modelProven?: boolean | null;
};

/** Gives the name of a model by its AAGUID. */
export type FindModel = (aaguid: string) => string | undefined;

type FactColumn = 'aaguid' | 'aaguidVerified' | 'backupEligible' | 'backedUp' | 'format' | 'trusted';

/** A jsonb value: {@link StoredFacts}. */
export function storedFacts<Name extends string>(of: { readonly [fact in FactColumn]: Sql<Name> }): Sql<Name> {
  return sql`jsonb_build_object('aaguid', ${of.aaguid}, 'backupEligible', ${of.backupEligible}, 'backedUp', ${of.backedUp},
    'attestation', CASE WHEN ${of.format} = 'none' THEN 'NONE' WHEN ${of.trusted} THEN 'TRUSTED' ELSE 'UNTRUSTED' END,
    'modelProven', CASE WHEN ${of.aaguidVerified} THEN true END)`;
}

/** The facts, from the columns of `passkey`. */
export const FACTS_OF_PASSKEY: Sql<never> = storedFacts({
  aaguid: sql`aaguid`,
  aaguidVerified: sql`aaguid_verified`,
  backupEligible: sql`backup_eligible`,
  backedUp: sql`backed_up`,
  format: sql`attestation_format`,
  trusted: sql`attestation_trusted`,
});

export function describeFacts({ modelProven, ...facts }: StoredFacts, findModel: FindModel): AuthenticatorFacts {
  const model = modelProven ? findModel(facts.aaguid) : undefined;
  return { ...facts, ...(model !== undefined && { model }) };
}
