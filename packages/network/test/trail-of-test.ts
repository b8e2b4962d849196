/** The audit trail of a network, written, signed, read and tampered with by a test. */
import { randomUUID } from 'node:crypto';
import { inTransaction } from '@payment-passkeys/storage';
import { vi } from 'vitest';
import { writeEntry } from '../src/domain/audit/entry.ts';
import { signHeadIfDue } from '../src/domain/audit/head.ts';
import { exportTrail } from '../src/domain/audit/trail.ts';
import { verifyTrail } from '../src/domain/audit/verification.ts';
import { signingKeyAt } from '../src/domain/keys/key-ring.ts';
import { startTestShop, type TestShop } from './shop.ts';

export const ANNA = { actor: { kind: 'OPERATOR', id: 'anna', name: 'Anna' } } as const;
const TABLES = ['audit_pending', 'audit_entry', 'audit_head'];

/** A shop whose network runs no housekeeping, which would write heads too. */
export async function startShopWithoutHousekeeping(): Promise<TestShop> {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  try {
    return await startTestShop();
  } finally {
    vi.useRealTimers();
  }
}

/** The steps of a test with the trail. `at` answers the test's shop, which is started after the test file was loaded. */
export function trailOf(at: () => TestShop) {
  const pool = () => at().network.database.pool;
  const keys = () => at().network.running.network.keys.current();
  /** Changes rows without the triggers, as a superuser or the owner of the tables can. */
  const tamper = (sql: string, values: readonly unknown[] = []): Promise<void> =>
    inTransaction(pool(), async (connection) => {
      for (const table of TABLES) await connection.query(`ALTER TABLE ${table} DISABLE TRIGGER USER`);
      await connection.query(sql, [...values]);
      for (const table of TABLES) await connection.query(`ALTER TABLE ${table} ENABLE TRIGGER USER`);
    });
  return {
    pool,
    keys,
    tamper,
    write: (database: Parameters<typeof writeEntry>[0] = pool(), id: string = randomUUID()) =>
      writeEntry(database, {
        ...ANNA,
        action: 'operator.invited',
        subject: { kind: 'invitation', id },
        now: at().network.now,
      }),
    sign: () =>
      signHeadIfDue(pool(), {
        issuer: 'https://network.example',
        key: () => signingKeyAt(keys(), at().network.now),
        now: at().network.now,
      }),
    readAll: async (): Promise<readonly string[]> => {
      const lines: string[] = [];
      for await (const line of exportTrail(pool())) lines.push(line);
      return lines;
    },
    verdictOf: (lines: readonly string[], known: readonly string[] = []) =>
      verifyTrail(lines, { keys: keys().signing, known }),
    empty: async () => {
      for (const table of TABLES) await tamper(`DELETE FROM ${table}`);
    },
  };
}
