/** Compares passwords a few at a time. One scrypt costs 32 MiB and a third of a second on purpose, so many at once would stop everything else. */
import fastq from 'fastq';
import { passwordMatches } from './password.ts';

export interface PasswordCheckLimits {
  /** Comparisons at once: below the four threads of Node's pool, which signatures and files need as well. */
  readonly running: number;
  /** Sign-ins that wait for one. */
  readonly waiting: number;
}

/** The last of those that wait is answered after about five seconds. */
export const PASSWORD_CHECK_LIMITS: PasswordCheckLimits = { running: 2, waiting: 32 };

export interface PasswordCheck {
  /**
   * BUSY, at once, where `waiting` sign-ins wait already: the password was not compared. Otherwise as {@link passwordMatches}:
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
