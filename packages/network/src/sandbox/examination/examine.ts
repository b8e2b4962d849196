/** Starts, reads and ends examinations, for the routes and the command. */
import { randomBytes } from 'node:crypto';
import type { Examination, ExaminedRole } from '@payment-passkeys/protocol/sandbox';
import type { Client } from '../../domain/clients/client.ts';
import type { Network } from '../../network.ts';
import { ServiceError } from '../../platform/errors/errors.ts';
import { buildReport } from './report.ts';
import { findRow, ROWS } from './rows/index.ts';
import { endExamination, findExamination, startExamination } from './store.ts';

type Dependencies = Pick<Network, 'pool' | 'clock'>;

export function examinedRole({ role }: Pick<Client, 'role'>): ExaminedRole {
  return role === 'issuer' ? 'ISSUER' : 'MERCHANT';
}

/** Throws {@link ServiceError} INVALID_FIELD for a role that is not the client's, or a row that the role does not have. */
export async function beginExamination(
  client: Pick<Client, 'clientId' | 'role'>,
  start: { readonly role: ExaminedRole; readonly rows?: readonly string[] | undefined },
  network: Dependencies,
): Promise<Examination> {
  const { role, rows } = start;
  if (role !== examinedRole(client)) throw new ServiceError({ code: 'INVALID_FIELD', pointer: '/role' });
  const unknown = (rows ?? []).findIndex((id) => findRow(role, id) === undefined);
  if (unknown >= 0) throw new ServiceError({ code: 'INVALID_FIELD', pointer: `/rows/${unknown}` });
  const rowIds = ROWS[role].map(({ id }) => id).filter((id) => rows === undefined || rows.includes(id));
  const examinationId = `exm_${randomBytes(16).toString('hex')}`;
  await startExamination(network.pool, {
    examinationId,
    clientId: client.clientId,
    role,
    rowIds,
    now: network.clock(),
  });
  return readReport({ examinationId }, network);
}

/** With `clientId`, the examination has to be of this client. */
interface Named {
  readonly examinationId: string;
  readonly clientId?: string;
}

/** If all rows are judged, this also ends the examination. Throws {@link ServiceError} EXAMINATION_NOT_FOUND. */
export async function readReport(named: Named, { pool, clock }: Dependencies): Promise<Examination> {
  const { examinationId, clientId } = named;
  const stored = await findExamination(pool, examinationId);
  if (stored === undefined || (clientId !== undefined && clientId !== stored.clientId)) {
    throw new ServiceError({ code: 'EXAMINATION_NOT_FOUND' });
  }
  const now = clock();
  const report = buildReport(stored, now);
  if (report.state === 'RUNNING' || stored.endedAt !== null) return report;
  await endExamination(pool, { examinationId, now });
  return buildReport({ ...stored, endedAt: now }, now);
}

/** Rows that were not reached stay so. A second call returns the same report. Throws like {@link readReport}. */
export async function finishExamination(named: Named, network: Dependencies): Promise<Examination> {
  await readReport(named, network);
  await endExamination(network.pool, { examinationId: named.examinationId, now: network.clock() });
  return readReport(named, network);
}
