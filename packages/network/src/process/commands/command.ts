/** What a command of the command line is, and how its arguments are read. */
import { userInfo } from 'node:os';
import { parseArgs } from 'node:util';
import type { Author } from '../../domain/audit/entry.ts';

/** A wrong use of the command line. `usage` is the usage of the command that was meant, if one was. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
  readonly usage: string | undefined;

  constructor(message: string, usage?: string) {
    super(message);
    this.usage = usage;
  }
}

/** The arguments are right, but the command cannot do what they ask for. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
}

/** What a command receives. */
export interface Call {
  readonly env: NodeJS.ProcessEnv;
  readonly clock: () => Date;
  /** The result, on standard output. */
  readonly print: (line: string) => void;
  /** Progress, on standard error. */
  readonly log: (line: string) => void;
  readonly operands: readonly string[];
  readonly options: Options;
}

/** Options that the command does not have are undefined. */
export interface Options {
  readonly json?: boolean | undefined;
  readonly 'dry-run'?: boolean | undefined;
  readonly reason?: string | undefined;
  readonly workers?: string | undefined;
  /** A time, as it was given. */
  readonly since?: string | undefined;
  /** A file with public keys. */
  readonly keys?: string | undefined;
  /** A signed head of the audit trail. */
  readonly head?: string | undefined;
  /** The operator's name. */
  readonly name?: string | undefined;
  readonly role?: string | undefined;
  /** A file for a page. */
  readonly html?: string | undefined;
  /** What a cardholder does. */
  readonly do?: string | undefined;
  /** The name of a cardholder's device. */
  readonly device?: string | undefined;
}

export interface Command {
  /** One or two words: `clients add`. */
  readonly name: string;
  /** As shown in the usage: `FILE.json`. A name in brackets that ends in an ellipsis takes any number of words. */
  readonly operands: readonly string[];
  readonly options: readonly (keyof Options)[];
  /** One or two lines. */
  readonly summary: string;
  readonly run: (call: Call) => Promise<void>;
}

/** Finds the command that the words name. Throws {@link UsageError}. */
export function readCommand(
  words: readonly string[],
  commands: readonly Command[],
): { readonly command: Command; readonly operands: readonly string[]; readonly options: Options } {
  const plain = words.filter((word) => !word.startsWith('-'));
  const command = commands.find(({ name }) => name === plain.slice(0, name.split(' ').length).join(' '));
  if (command === undefined) throw new UsageError(`There is no command "${plain.slice(0, 2).join(' ')}".`);
  const { positionals, values } = readWords(words, command);
  const operands = positionals.slice(command.name.split(' ').length);
  const many = command.operands.some((operand) => operand.endsWith('…]'));
  const missing = many ? undefined : command.operands[operands.length];
  if (missing !== undefined) throw new UsageError(`${missing} is missing.`, usageOf(command));
  if (!many && operands.length > command.operands.length)
    throw new UsageError(`"${operands[command.operands.length]}" is one word too many.`, usageOf(command));
  return { command, operands, options: values };
}

const OPTION_KINDS = {
  json: { type: 'boolean' },
  'dry-run': { type: 'boolean' },
  reason: { type: 'string' },
  workers: { type: 'string' },
  since: { type: 'string' },
  keys: { type: 'string' },
  head: { type: 'string' },
  name: { type: 'string' },
  role: { type: 'string' },
  html: { type: 'string' },
  do: { type: 'string' },
  device: { type: 'string' },
} as const satisfies { readonly [option in keyof Options]-?: unknown };

/** The form of an option. Any other word that begins with a hyphen is an id: ids are base64url. */
const OPTION = /^--[a-z][a-z-]*(=|$)/;
/** Marks an id that begins with a hyphen, which parseArgs would take for an option. No argument of a process contains this mark. */
const ID_MARK = '\0';

function readWords(
  words: readonly string[],
  command: Command,
): { readonly positionals: readonly string[]; readonly values: Options } {
  const options = Object.fromEntries(command.options.map((option) => [option, OPTION_KINDS[option]]));
  try {
    const args = words.map((word) => (word.startsWith('-') && !OPTION.test(word) ? `${ID_MARK}${word}` : word));
    const { positionals, values } = parseArgs({ args, allowPositionals: true, options });
    const operands = positionals.map((word) => (word.startsWith(ID_MARK) ? word.slice(ID_MARK.length) : word));
    return { positionals: operands, values: values as Options }; // OPTION_KINDS has the type of each
  } catch (error) {
    // Node's first sentence says what is wrong; the others are for programmers.
    const [sentence] = (error instanceof Error ? error.message : String(error)).split('. ');
    throw new UsageError(`${sentence?.replace(/\.$/, '')}.`, usageOf(command));
  }
}

/** The usage of each option that is more than its name in brackets. */
const SPELT: Partial<Record<keyof Options, string>> = {
  workers: '[--workers N|auto]',
  reason: '--reason CODE',
  since: '[--since TIME]',
  keys: '[--keys FILE]',
  head: '[--head JWS]',
  name: '--name NAME',
  role: '--role ROLE',
  html: '[--html FILE]',
  do: '--do ACTION',
  device: '[--device NAME]',
};

/** `clients add FILE.json [--dry-run] [--json]` */
export function usageOf({ name, operands, options }: Command): string {
  const spelt = options.map((option) => SPELT[option] ?? `[--${option}]`);
  return [name, ...operands, ...spelt].join(' ');
}

/** Who runs the command, for the audit trail: the account on this machine; with `sudo`, the account that called it. */
export function commandAuthor({ env }: Pick<Call, 'env'>): Author {
  return { actor: { kind: 'COMMAND_LINE', name: env.SUDO_USER || accountName() } };
}

function accountName(): string {
  try {
    return userInfo().username;
  } catch {
    return `uid ${process.getuid?.()}`; // a container may run as a number that has no name
  }
}

/** Prints a command's result: as JSON with --json, else the lines. */
export function report({ print, options }: Call, result: unknown, lines: readonly string[]): void {
  if (options.json) print(JSON.stringify(result, null, 2));
  else for (const line of lines) print(line);
}
