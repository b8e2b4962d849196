/**
 * Compares passwords, a few at a time. One scrypt deliberately costs 32 MiB and a third of a second, so many at once would block everything
 * else.
 */
import fastq from 'fastq';
import { passwordMatches } from './password.ts';

export interface PasswordCheckLimits {
  /** Comparisons at once: fewer than the four threads of Node's pool, because signatures and files need them as well. */
  readonly running: number;
  /** Sign-ins that may wait. */
  readonly waiting: number;
}

/** The last waiting sign-in is answered after about five seconds. */
export const PASSWORD_CHECK_LIMITS: PasswordCheckLimits = { running: 2, waiting: 32 };

export interface PasswordCheck {
  /**
   * Returns BUSY at once if `waiting` sign-ins are already waiting: the password was not compared. Otherwise as {@link passwordMatches}:
   * without a stored hash the same work is done, and the answer is DIFFERS.
   */
  compare(password: string, stored: string | undefined): Promise<'MATCHES' | 'DIFFERS' | 'BUSY'>;
}

export function createPasswordCheck({ running, waiting }: PasswordCheckLimits): PasswordCheck {
  const queue = fastq.promise(
    ({ password, stored }: { readonly password: string; readonly stored: string | undefined }) =>
      passwordMatches(password, stored),
    running,
  );
  return {
    async compare(password, stored) {
      if (queue.running() >= running && queue.length() >= waiting) return 'BUSY';
      return (await queue.push({ password, stored })) ? 'MATCHES' : 'DIFFERS';
    },
  };
}
