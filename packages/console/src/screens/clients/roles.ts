/** Who may see and change clients. The server refuses everybody else; the screens do not offer it to them. */
import type { OperatorRole } from '@payment-passkeys/protocol/console';

export const MAY_READ: readonly OperatorRole[] = ['OPERATOR', 'AUDITOR'];
export const MAY_CHANGE: readonly OperatorRole[] = ['OPERATOR'];
