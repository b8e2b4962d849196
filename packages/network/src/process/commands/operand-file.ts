/** Reads the files that are operands of a command. */
import { readFile } from 'node:fs/promises';
import { UsageError } from './command.ts';

/** @throws UsageError for a file that cannot be read. */
export function readOperandFile(file: string): Promise<string> {
  return readFile(file, 'utf8').catch(refuseUnreadable(file));
}

/** Converts the system's error of reading the file to UsageError; rethrows any other. */
export function refuseUnreadable(file: string): (error: NodeJS.ErrnoException) => never {
  return (error) => {
    throw error.code === undefined ? error : new UsageError(`${file} cannot be read (${error.code}).`);
  };
}

/** Undefined for a text that is no JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
