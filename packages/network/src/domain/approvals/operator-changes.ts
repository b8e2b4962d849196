/** The change of an operator that may wait for approval: another role, or the first role of an invited operator. */
import { compileSchema } from '@payment-passkeys/protocol';
import { OPERATOR_ROLES, OperatorId, type OperatorRole } from '@payment-passkeys/protocol/console';
import type { Queryable } from '@payment-passkeys/storage';
import Type from 'typebox';
import { ServiceError } from '../../platform/errors/errors.ts';
import { changeRole, readOperator } from '../operators/store.ts';
import type { CarryOut } from './kind.ts';
import type { ProposedChange } from './request.ts';

/** Throws {@link ServiceError}: OPERATOR_NOT_FOUND, ROLE_FROM_PROVIDER. */
export async function proposeRole(
  database: Queryable,
  { operatorId, role }: { readonly operatorId: string; readonly role: OperatorRole },
): Promise<ProposedChange> {
  const { name, role: roleBefore, signsInBy } = await readOperator(database, operatorId);
  if (signsInBy === 'OIDC') throw new ServiceError({ code: 'ROLE_FROM_PROVIDER', sourceType: 'SERVICE' });
  return {
    kind: 'operator.role',
    subject: { id: operatorId, name },
    change: { operatorId, roleBefore, role },
    differences: [{ field: 'role', before: roleBefore === null ? [] : [roleBefore], after: [role] }],
    waitsFor: [],
    needsApproval: true,
  };
}

const Role = Type.Enum(OPERATOR_ROLES);
const roleChange = compileSchema(
  Type.Object({ operatorId: OperatorId, roleBefore: Type.Union([Role, Type.Null()]), role: Role }),
);

/** Throws what `changeRole` throws. */
export const carryOutRole: CarryOut = async (connection, change, { author, now }) => {
  if (!roleChange.accepts(change)) throw new Error('A change that was stored has its form.');
  await changeRole(connection, { ...change, author, now });
};
