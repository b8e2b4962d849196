/** A problem of the running network, as the doctor and the console report it. */
import type { Problem } from '@payment-passkeys/protocol/console';

export type HealthProblem = Problem;

/** The program's name, before a {@link HealthProblem}'s command. */
export const PROGRAM = 'payment-passkeys-network';

/** `text`, and the command that helps if there is one. */
export function lineOf({ text, command }: HealthProblem): string {
  return command === undefined ? text : `${text}: ${PROGRAM} ${command}`;
}

/** A time for people: `2026-11-27 09:05 UTC`. */
export const minuteOf = (time: Date): string => `${time.toISOString().slice(0, 16).replace('T', ' ')} UTC`;

/** What a problem is about. */
export const aboutClient = (client: string): string => `client ${client}`;
export const aboutWebhook = (client: string): string => `webhook of ${client}`;

/** A client's screen in the console. */
export const clientScreen = (clientId: string): string => `/clients/${encodeURIComponent(clientId)}`;
