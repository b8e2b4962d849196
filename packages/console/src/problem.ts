/** What went wrong with a call of the console's API, in words for the operator. */
import type { ErrorDetail, ServiceErrorAnswer } from '@payment-passkeys/protocol';
import { LANGUAGE } from './language.ts';
import { find, say } from './texts.ts';

/** Thrown by every call of the API that has no good answer. `message` is for the operator. */
export class ApiProblem extends Error {
  override readonly name = 'ApiProblem';
  /** The HTTP status; 0 if no answer arrived. */
  readonly status: number;
  /** The code of the first error, such as `INVALID_FIELD`; empty if the answer has none. */
  readonly code: string;
  /** What is wrong with the fields of the body, by JSON pointer. */
  readonly fields: ReadonlyMap<string, string>;

  constructor(status: number, { code, message, fields }: Pick<ApiProblem, 'code' | 'message' | 'fields'>) {
    super(message);
    this.status = status;
    this.code = code;
    this.fields = fields;
  }
}

/** The answer to a call. `entered`: the call had a body, with what the operator entered. */
interface Answered {
  readonly status: number;
  readonly value: unknown;
  readonly entered: boolean;
}

/** `answer` is undefined if none arrived. */
export function readProblem(answer: Answered | undefined): ApiProblem {
  if (answer === undefined) return new ApiProblem(0, { code: '', message: say('unreachable'), fields: new Map() });
  const { message, errordetail, roles } = (answer.value ?? {}) as Partial<ServiceErrorAnswer>; // every member is checked
  const details = Array.isArray(errordetail) ? errordetail : [];
  const code = typeof details[0]?.reason === 'string' ? details[0].reason : '';
  const needed =
    code === 'ROLE_NOT_ALLOWED' && Array.isArray(roles) ? say('needsRole', { roles: listRoles(roles) }) : undefined;
  const general =
    needed ??
    notAccepted(details, { code, entered: answer.entered }) ??
    find(`code.${code}`) ??
    find(`status.${answer.status}`);
  return new ApiProblem(answer.status, {
    code,
    message: general ?? (typeof message === 'string' ? message : say('unexpected', { status: String(answer.status) })),
    fields: new Map(
      details.flatMap((detail) => (detail.source ? [[detail.source, fieldSentence(detail)] as const] : [])),
    ),
  });
}

/** What is wrong with the fields of a body, in the network's words. The sentence of the code itself is for developers: it names the answer's members. */
function notAccepted(
  details: ServiceErrorAnswer['errordetail'],
  { code, entered }: Pick<Answered, 'entered'> & { readonly code: string },
): string | undefined {
  if (code !== 'INVALID_FIELD' && code !== 'MISSING_FIELD') return undefined;
  if (!entered) return say('addressNotAccepted');
  return say('notAccepted', { problems: details.map(namedSentence).join(' ') });
}

/** A violation of a schema begins with the field's pointer; every other message is a sentence. */
function problemOf({ source, message }: ErrorDetail): string | undefined {
  return message.startsWith(`${source} `) ? message.slice(source.length + 1) : undefined;
}

/** The sentence to show at the field itself. */
function fieldSentence(detail: ErrorDetail): string {
  const problem = problemOf(detail);
  return problem === undefined ? detail.message : say('fieldProblem', { problem });
}

/** The sentence to show where the field is not visible: it names the field. */
function namedSentence(detail: ErrorDetail): string {
  const problem = problemOf(detail);
  return problem === undefined ? detail.message : `${detail.source.slice(1).replaceAll('/', '.')} ${problem}.`;
}

/** In words: "Operator or Auditor". */
export function listRoles(roles: readonly string[]): string {
  const names = roles.map((role) => find(`role.${role}`) ?? String(role));
  return new Intl.ListFormat(LANGUAGE, { type: 'disjunction' }).format(names);
}

/** For any error: that of a call in its own words, every other as unexpected. */
export function describeProblem(error: unknown): string {
  return error instanceof ApiProblem ? error.message : say('broken');
}
