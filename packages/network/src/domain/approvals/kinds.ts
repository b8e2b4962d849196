/** The kinds of changes that can wait for approval. A change of another kind is never stored as a request. */
import type { ApprovalKind } from '@payment-passkeys/protocol/console';
import { carryOutRegistration, carryOutResumption } from './client-changes.ts';
import type { KindOfChange } from './kind.ts';
import { carryOutRole } from './operator-changes.ts';
import { carryOutDeletion } from './passkey-changes.ts';

const OF_CLIENTS = { subjectKind: 'client', roles: ['OPERATOR'] } as const;

export const KINDS_OF_CHANGE: { readonly [Kind in ApprovalKind]: KindOfChange } = {
  'client.add': { ...OF_CLIENTS, carryOut: carryOutRegistration },
  'client.change': { ...OF_CLIENTS, carryOut: carryOutRegistration },
  'client.resume': { ...OF_CLIENTS, carryOut: carryOutResumption },
  'operator.role': { subjectKind: 'operator', roles: ['ADMINISTRATOR'], carryOut: carryOutRole },
  'passkeys.delete': { subjectKind: 'passkey', roles: ['OPERATOR'], carryOut: carryOutDeletion },
};
