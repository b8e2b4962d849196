/** `/api/approvals`: the changes that wait for a second operator, and their decisions. */
import { compileSchema } from '@payment-passkeys/protocol';
import {
  APPROVALS_PATH,
  Approval,
  ApprovalDecision,
  ApprovalPage,
  ApprovalsQuery,
} from '@payment-passkeys/protocol/console';
import Type from 'typebox';
import { decide, readApprovals } from '../../../domain/approvals/approvals.ts';
import type { ConsoleNetwork } from '../../../network.ts';
import { readCursor, writeCursor } from '../../../platform/http/cursor.ts';
import type { NetworkServer } from '../../../platform/http/network-server.ts';
import { countRevokedSessions } from '../../../platform/telemetry/metrics.ts';
import { allow } from '../guard/allow.ts';

const { requestedAt, approvalId } = Approval.properties;
const Id = Type.Object({ id: approvalId });
const placeSchema = compileSchema(Type.Object({ requestedAt, approvalId }));

/** Which of these roles decides depends on the kind of the change. */
const DECIDING = ['OPERATOR', 'ADMINISTRATOR'] as const;

const DECISIONS = [
  { act: 'approve', decision: 'APPROVED', summary: 'Approve a change, and make it', fresh: true },
  { act: 'reject', decision: 'REJECTED', summary: 'Reject a change', fresh: false },
  { act: 'withdraw', decision: 'WITHDRAWN', summary: "Withdraw one's own request", fresh: false },
] as const;

export function approvalRoutes(app: NetworkServer, { pool, clock, metrics }: ConsoleNetwork): void {
  const onEnded = (clientIds: readonly string[]) => countRevokedSessions(metrics, clientIds);
  app.get(
    APPROVALS_PATH,
    {
      config: allow([...DECIDING, 'AUDITOR']),
      schema: {
        summary: 'List requests for approval, the newest first',
        querystring: ApprovalsQuery,
        response: { 200: ApprovalPage },
      },
    },
    async ({ query }) => {
      const place = readCursor(query.cursor, { schema: placeSchema, sourceType: 'QUERY' });
      const before = place && { ...place, requestedAt: new Date(place.requestedAt) };
      const { items, next } = await readApprovals(pool, { all: query.state === 'all', before, now: clock() });
      return { items: [...items], ...(next && { next: writeCursor(next) }) };
    },
  );

  for (const { act, decision, summary, fresh } of DECISIONS) {
    app.post(
      `${APPROVALS_PATH}/:id/${act}`,
      {
        config: allow(DECIDING, { fresh }),
        schema: { summary, params: Id, body: ApprovalDecision, response: { 200: Approval } },
      },
      async ({ params, body, operator }) =>
        decide(pool, decision, { approvalId: params.id, hash: body.hash, by: operator, now: clock(), onEnded }),
    );
  }
}
