/**
 * The lines of the audit trail. An entry is hashed as the text that is stored and exported, so nobody needs a canonical form of JSON to verify
 * it. docs/audit-trail.md is the format's specification.
 */
import { createHash } from 'node:crypto';
import type { AuditAction, AuditActor, AuditEntry, AuditSubject } from '@payment-passkeys/protocol/console';

/** What the first entry has in place of the hash of the entry before. */
export const NO_ENTRY: Buffer = Buffer.alloc(32);

/** An entry without its place in the chain. */
export interface PendingEntry {
  readonly id: string;
  readonly at: Date;
  readonly actor: AuditActor;
  readonly action: AuditAction;
  readonly subjectKind: AuditSubject;
  readonly subjectId: string;
  readonly onBehalfOf: AuditActor | null;
  readonly before: AuditEntry['before'] | null;
  readonly after: AuditEntry['after'] | null;
}

/** The text that is hashed: the entry as JSON, with its position and the hash of the entry before. */
export function buildLine(
  entry: PendingEntry,
  place: { readonly position: number; readonly previous: Buffer },
): string {
  return JSON.stringify({
    position: place.position,
    previous: place.previous.toString('hex'),
    id: entry.id,
    at: entry.at.toISOString(),
    actor: entry.actor,
    action: entry.action,
    subject: { kind: entry.subjectKind, id: entry.subjectId },
    onBehalfOf: entry.onBehalfOf ?? undefined,
    before: entry.before ?? undefined,
    after: entry.after ?? undefined,
  });
}

export function hashLine(line: string): Buffer {
  return createHash('sha256').update(line).digest();
}

/** A line of an export: the hashed text, with the hash as its last member. */
export function exportedLine({ line, hash }: { readonly line: string; readonly hash: Buffer }): string {
  return `${line.slice(0, -1)},"hash":"${hash.toString('hex')}"}`;
}

const HASH_MEMBER = /,"hash":"([0-9a-f]{64})"\}$/;

/** The hashed text and the hash of an exported line; undefined if it does not end with a hash. */
export function readExportedLine(text: string): { readonly line: string; readonly hash: Buffer } | undefined {
  const member = HASH_MEMBER.exec(text);
  if (member?.[1] === undefined) return undefined;
  return { line: `${text.slice(0, member.index)}}`, hash: Buffer.from(member[1], 'hex') };
}
