/** Takes the network's examination with a bank or a shop: does for each row what the report says that the cardholder does. */
import {
  CARDHOLDER_PATH,
  EXAMINATIONS_PATH,
  type Examination,
  type ExaminationRow,
  type ExaminedRole,
  examinationEndPath,
  examinationPath,
} from '@payment-passkeys/protocol/sandbox';
import type { TestAnswer, TestClient } from '@payment-passkeys/testkit';
import type { Party } from './party.ts';
import type { PartyNetwork } from './start-parties.ts';

export interface Candidate {
  readonly network: PartyNetwork;
  /** Signs the calls of the examination; the party is this client. */
  readonly client: TestClient;
  readonly role: ExaminedRole;
  readonly party: Party;
  /** The device that the list calls SAME, if it already has a passkey. A new device by default. */
  readonly device?: string;
  /** Only these rows, in the list's order; all by default. */
  readonly rows?: readonly string[];
  /** Called before the party is visited for a row, with the row's place in the list. */
  readonly onRow?: (row: ExaminationRow, at: number) => void;
}

/** Plays every row, then ends the examination. Nobody opens the launch address of a row that needs a browser. Returns the report. */
export async function takeExamination(candidate: Candidate): Promise<Examination> {
  const { network, client, role, party, rows, onRow } = candidate;
  let report = await startExamination(client, role, rows);
  for (;;) {
    const at = report.rows.findIndex(({ state }) => state === 'PENDING');
    const row = report.rows[at];
    if (row === undefined) return endExamination(client, report);
    onRow?.(row, at);
    const { uri, page } = await party.begin();
    if (uri === undefined)
      throw new Error(`At ${row.id} nobody was sent to the network: ${page.statusCode} ${page.body}`);
    const { needs, cardholder } = row;
    if (needs === undefined) {
      const same = candidate.device ?? report.examinationId;
      const device = cardholder.device === 'SAME' ? same : `${report.examinationId}-${at}`;
      const redirect = await visitNetwork(network, { uri, act: cardholder.do, device });
      await party.open(redirect);
      if (cardholder.returns === 'TWICE') await party.open(redirect);
    }
    report = await readExamination(client, report);
  }
}

export async function startExamination(
  client: TestClient,
  role: ExaminedRole,
  rows?: readonly string[],
): Promise<Examination> {
  return bodyOf(await client.send({ path: EXAMINATIONS_PATH, body: JSON.stringify({ role, rows }) }), 201);
}

export async function readExamination(client: TestClient, { examinationId }: Examination): Promise<Examination> {
  return bodyOf(await client.read(examinationPath(examinationId)), 200);
}

export async function endExamination(client: TestClient, { examinationId }: Examination): Promise<Examination> {
  return bodyOf(await client.send({ path: examinationEndPath(examinationId), body: '{}' }), 200);
}

/** A cardholder without a browser at a launch address. Returns where the network sends the browser at the end. */
export async function visitNetwork(
  network: PartyNetwork,
  { uri, act, device }: { readonly uri: string; readonly act: string; readonly device: string },
): Promise<string> {
  const response = await fetch(network.address + CARDHOLDER_PATH, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ uri, do: act, device }),
  });
  const body = (await response.json()) as { readonly redirect?: string };
  if (body.redirect === undefined)
    throw new Error(`The cardholder was answered ${response.status}: ${JSON.stringify(body)}`);
  return body.redirect;
}

function bodyOf({ status, body }: TestAnswer, expected: number): Examination {
  if (status !== expected) throw new Error(`The examination was answered ${status}: ${JSON.stringify(body)}`);
  return body;
}
