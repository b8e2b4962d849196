/** Who may change a passkey. The server refuses everybody else; the screens do not offer it to them. */
import type { OperatorRole } from '@payment-passkeys/protocol/console';

export const MAY_SUSPEND: readonly OperatorRole[] = ['SUPPORT', 'OPERATOR'];
/** Resume, delete, forget a device. */
export const MAY_CHANGE: readonly OperatorRole[] = ['OPERATOR'];
