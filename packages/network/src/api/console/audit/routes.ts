/** `/api/audit`: the audit trail, for auditors and administrators. */
import { Readable } from 'node:stream';
import { AuditPage, AuditQuery } from '@payment-passkeys/protocol/console';
import { operatorAuthor, writeEntry } from '../../../domain/audit/entry.ts';
import { findLastHead } from '../../../domain/audit/head.ts';
import { exportTrail, searchTrail } from '../../../domain/audit/trail.ts';
import type { ConsoleNetwork } from '../../../network.ts';
import type { NetworkServer } from '../../../platform/http/network-server.ts';
import { allow } from '../guard/allow.ts';

/** OPERATOR is not in this list: the trail records what operators do, so they do not read it (decision 101). */
const READERS = ['AUDITOR', 'ADMINISTRATOR'] as const;

export function auditRoutes(app: NetworkServer, { pool, clock }: ConsoleNetwork): void {
  app.get(
    '/api/audit',
    {
      config: allow(READERS),
      schema: { summary: 'Read the audit trail', querystring: AuditQuery, response: { 200: AuditPage } },
    },
    async ({ query: { actor, action, subject, from, to, cursor } }) => {
      const page = await searchTrail(pool, {
        actor,
        action,
        subjects: subject === undefined ? undefined : [subject],
        from: from === undefined ? undefined : new Date(from),
        to: to === undefined ? undefined : new Date(to),
        cursor,
      });
      const head = await findLastHead(pool);
      return {
        ...page,
        items: [...page.items],
        ...(head && { head: { position: head.position, signedAt: head.signedAt.toISOString() } }),
      };
    },
  );

  app.get(
    '/api/audit/export',
    {
      config: allow(['AUDITOR']),
      schema: { summary: 'Export the audit trail as JSON lines', produces: ['application/jsonl'] },
    },
    async ({ operator }, reply) => {
      const now = clock();
      const subject = { kind: 'audit', id: 'trail' } as const;
      await writeEntry(pool, { ...operatorAuthor(operator), action: 'audit.exported', subject, now });
      const day = now.toISOString().slice(0, 10);
      reply.header('content-type', 'application/jsonl; charset=utf-8');
      reply.header('content-disposition', `attachment; filename="audit-trail-${day}.jsonl"`);
      return reply.send(Readable.from(withLineEnds(exportTrail(pool))));
    },
  );
}

async function* withLineEnds(lines: AsyncIterable<string>): AsyncGenerator<string> {
  for await (const line of lines) yield `${line}\n`;
}
