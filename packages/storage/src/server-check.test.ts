import { expect, test } from 'vitest';
import { refuseOldServer } from './server-check.ts';

test('PostgreSQL 15.0 is accepted', () => {
  expect(() => refuseOldServer(150_000, 'db.example:5432/network')).not.toThrow();
});

test('PostgreSQL 14 is SERVER_TOO_OLD', () => {
  expect(() => refuseOldServer(140_022, 'db.example:5432/network')).toThrow(
    expect.objectContaining({ code: 'SERVER_TOO_OLD', message: expect.stringContaining('PostgreSQL 14') }),
  );
});
