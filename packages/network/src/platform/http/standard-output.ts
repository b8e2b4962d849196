/** Standard output, for the lines of the log. */
import { writeSync } from 'node:fs';
import pino from 'pino';

const STANDARD_OUTPUT = 1;

/**
 * Writes each line before `write` returns. pino's destination counts and copies each line, which costs as much as the write itself (decision 124).
 * So it gets only what a first, plain write has left over: when the reader is slow (it tries again) or gone (it gives up).
 */
export function openStandardOutput(): { write(line: string): void } {
  const options = { dest: STANDARD_OUTPUT, sync: true, contentMode: 'buffer' } as const;
  // Its types know no bytes, which it takes by `contentMode`.
  const destination = pino.destination(options) as unknown as { write(bytes: Buffer): unknown };
  return {
    write: (line) => {
      const bytes = Buffer.from(line);
      const written = tryToWrite(bytes);
      if (written < bytes.length) destination.write(bytes.subarray(written));
    },
  };
}

/** Returns how many bytes are written. An error is not thrown: the next write of the same bytes has it again. */
function tryToWrite(bytes: Buffer): number {
  try {
    return writeSync(STANDARD_OUTPUT, bytes);
  } catch {
    return 0;
  }
}
