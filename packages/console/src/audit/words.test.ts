import type { AuditEntry } from '@payment-passkeys/protocol/console';
import { describe, expect, it } from 'vitest';
import { subjectWords } from './words.ts';

const ada = { kind: 'OPERATOR', id: 'o-ada', name: 'Ada' } as const;
const entry = (more: Pick<AuditEntry, 'subject'> & Partial<AuditEntry>): AuditEntry => ({
  ...{
    id: 'e-7',
    position: 7,
    at: '2026-11-29T15:34:00.000Z',
    actor: ada,
    action: 'operator.removed',
    hash: '0',
    previous: '0',
  },
  ...more,
});

describe('what an entry was done to', () => {
  it('is an operator or an invited person by name, if the entry has it', () => {
    const subject = { kind: 'operator', id: 'o-nora' } as const;
    expect(subjectWords(entry({ subject, before: { name: 'Nora', role: 'SUPPORT' } }))).toBe('Operator Nora');
    expect(subjectWords(entry({ subject, before: { role: 'SUPPORT' } }))).toBe('Operator o-nora');
    const invitation = { kind: 'invitation', id: 'i-1' } as const;
    expect(subjectWords(entry({ subject: invitation, after: { name: 'Nora' } }))).toBe('Invitation Nora');
  });

  it('is a client by its id, which the filter takes', () => {
    expect(subjectWords(entry({ subject: { kind: 'client', id: 'bank' }, after: { name: 'Larkmoor' } }))).toBe(
      'Client bank',
    );
  });

  it('is not said of the actor, who is named already', () => {
    expect(subjectWords(entry({ subject: { kind: 'operator', id: 'o-ada' } }))).toBe('');
  });
});
