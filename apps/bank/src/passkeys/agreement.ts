/**
 * The registration screen's input: the element's value, or the fields of the plain form. Untrusted: the kit checks the consent, the bank
 * the accounts.
 */
import type { FastifyRequest } from 'fastify';
import Type, { type Static } from 'typebox';

export interface Agreement {
  readonly accepted: unknown;
  /** The handles of the accounts to link; at most twenty. */
  readonly accountIds: readonly string[];
}

const AccountId = Type.String({ maxLength: 32 });
/** The element sends `consent`; the plain form sends `shown` and `account`. */
const RegistrationForm = Type.Object({
  consent: Type.Optional(Type.String({ maxLength: 8192 })),
  shown: Type.Optional(Type.String({ maxLength: 8192 })),
  account: Type.Optional(Type.Union([AccountId, Type.Array(AccountId, { maxItems: 20 })])),
});
const AccountIds = Type.Object({ accounts: Type.Array(AccountId, { maxItems: 20 }) });

/** Without consent and accounts if the form cannot be read. */
export function readAgreement(request: FastifyRequest): Agreement {
  if (!request.validateInput(request.body, RegistrationForm)) return { accepted: undefined, accountIds: [] };
  const { consent, shown, account = [] } = request.body as Static<typeof RegistrationForm>; // the schema has just checked it
  if (consent === undefined) {
    return { accepted: parseJson(shown), accountIds: typeof account === 'string' ? [account] : account };
  }
  const accepted = parseJson(consent);
  if (!request.validateInput(accepted, AccountIds)) return { accepted, accountIds: [] };
  return { accepted, accountIds: (accepted as Static<typeof AccountIds>).accounts }; // checked by the schema too
}

function parseJson(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? '');
  } catch {
    return undefined;
  }
}
