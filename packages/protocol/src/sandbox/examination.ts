/**
 * The examination of a client in the sandbox, contract §19: the messages of its routes.
 *
 * How it works. `POST` {@link EXAMINATIONS_PATH} puts the client under examination. Each session that the client starts from then on meets the
 * next row of the list, in the order of `rows`. The row says what the cardholder does (`cardholder`); the network plays the rest, records what
 * the client does, and judges it. `GET` {@link examinationPath} answers the rows with their states at any time. The examination is DONE when
 * the last row is judged, when its client or an operator ends it, or when a newer one of the same client starts.
 *
 * A test or a person drives the client. For each row, in order, they start an enrolment or a payment. At the launch address they do `cardholder.do`
 * with the device that `cardholder.device` names. They follow the redirect once, or twice if `cardholder.returns` is `TWICE`. If `afterwards` is
 * `SAME_ORDER`, the next row's payment is for the same order: the shop's own "Try again".
 *
 * The same routes are on the console's API, below `/api`, where an operator names the client: {@link ConsoleExaminationStart}.
 */
import Type, { type Static } from 'typebox';
import { ClientId, Text, Timestamp } from '../fields.ts';

/** Takes an {@link ExaminationStart} of the signing client; answers 201 with an {@link Examination}. */
export const EXAMINATIONS_PATH = '/sandbox/examinations';
/** GET answers an {@link Examination}. */
export const examinationPath = (examinationId: string): string => `${EXAMINATIONS_PATH}/${examinationId}`;
/** POST, with an empty object; answers the {@link Examination} at its end. Again: the same answer. */
export const examinationEndPath = (examinationId: string): string => `${examinationPath(examinationId)}/end`;

/** On the console's listener. GET answers an {@link ExaminationList}; POST takes a {@link ConsoleExaminationStart}. */
export const CONSOLE_EXAMINATIONS_PATH = '/api/sandbox/examinations';
/** On the console's listener: GET; and POST to its `/end`. */
export const consoleExaminationPath = (examinationId: string): string =>
  `${CONSOLE_EXAMINATIONS_PATH}/${examinationId}`;
/** On the console's listener: the report as a page to print. */
export const examinationReportPath = (examinationId: string): string => `/examinations/${examinationId}`;

/** The part that a client plays; it is the role of its registration. */
export const EXAMINED_ROLES = ['ISSUER', 'MERCHANT'] as const;
export type ExaminedRole = (typeof EXAMINED_ROLES)[number];

export const EXAMINATION_STATES = ['RUNNING', 'DONE'] as const;
export type ExaminationState = (typeof EXAMINATION_STATES)[number];

/**
 * PENDING: no session has met it yet. PLAYING: its session was started, and it is not judged yet. NOT_REACHED: it was not played to its end,
 * and `seen` says why. A PASSED row can still become FAILED until the examination is DONE: a wrong call may come late.
 */
export const ROW_STATES = ['PENDING', 'PLAYING', 'PASSED', 'FAILED', 'NOT_REACHED'] as const;
export type RowState = (typeof ROW_STATES)[number];

/** What the cardholder does at the launch address: a part of the `do` of `POST /sandbox/cardholder`. */
export const ROW_ACTIONS = ['CREATE', 'USE', 'APPROVE', 'NOT_NOW', 'CANCEL'] as const;
export type RowAction = (typeof ROW_ACTIONS)[number];

/** The id of a row never changes: `create-user-cancellation`. */
export const RowId = Type.String({ pattern: '^[a-z]+(-[a-z]+)*$', maxLength: 64 });

export const ExaminationRow = Type.Object({
  id: RowId,
  /** Only a browser can reach it: the shop's own page in a browser with Secure Payment Confirmation. */
  needs: Type.Optional(Type.Literal('BROWSER')),
  cardholder: Type.Object({
    do: Type.Enum(ROW_ACTIONS),
    /** SAME: one device for all these rows, on which the first row makes a passkey. NEW: a device that was never used before. */
    device: Type.Enum(['SAME', 'NEW']),
    /** How often the browser goes to the redirect. TWICE: the cardholder reloads the page of the return. */
    returns: Type.Enum(['ONCE', 'TWICE']),
  }),
  /** The next row's payment is for the same order. */
  afterwards: Type.Optional(Type.Literal('SAME_ORDER')),
  /** What is played, in a sentence. */
  played: Text(500),
  /** What a right integration does, in a sentence. */
  right: Text(500),
  /** Where the contract says so: `§3`. */
  contract: Text(20),
  state: Type.Enum(ROW_STATES),
  /** What was seen, in sentences without any account, id, proof or token. Of a FAILED and a NOT_REACHED row; may be there for others. */
  seen: Type.Optional(Text(1000)),
});
export type ExaminationRow = Static<typeof ExaminationRow>;

export const ExaminationId = Type.String({ pattern: '^exm_[0-9a-f]{32}$', maxLength: 36 });

/** What was seen beside the rows: a fault of any request during the examination, such as a card number in clear. */
export const ExaminationFault = Type.Object({
  /** `POST /authentication/sessions`, without ids. */
  request: Text(200),
  seen: Text(500),
  right: Text(500),
  contract: Text(20),
});
export type ExaminationFault = Static<typeof ExaminationFault>;

/** An examination without its rows. */
export const ExaminationSummary = Type.Object({
  examinationId: ExaminationId,
  role: Type.Enum(EXAMINED_ROLES),
  clientId: ClientId,
  clientName: Text(100),
  state: Type.Enum(EXAMINATION_STATES),
  startedAt: Timestamp,
  endedAt: Type.Optional(Timestamp),
});
export type ExaminationSummary = Static<typeof ExaminationSummary>;

/** The report. It has no account, e-mail address, proof or token in it. */
export const Examination = Type.Object({
  ...ExaminationSummary.properties,
  rows: Type.Array(ExaminationRow),
  faults: Type.Array(ExaminationFault),
  /** All rows passed and there is no fault. Rows with `needs` may be NOT_REACHED. */
  passed: Type.Boolean(),
});
export type Examination = Static<typeof Examination>;

/** Starts an examination; a running one of the same client ends. `rows`: only these rows, in the list's order; all of the role's if absent. */
export const ExaminationStart = Type.Object({
  role: Type.Enum(EXAMINED_ROLES),
  rows: Type.Optional(Type.Array(RowId, { minItems: 1, maxItems: 100 })),
});
export type ExaminationStart = Static<typeof ExaminationStart>;

/** An operator names the client; the role is the client's own. */
export const ConsoleExaminationStart = Type.Object({ clientId: ClientId, rows: ExaminationStart.properties.rows });
export type ConsoleExaminationStart = Static<typeof ConsoleExaminationStart>;

/** The newest first, at most 100. */
export const ExaminationList = Type.Object({ examinations: Type.Array(ExaminationSummary, { maxItems: 100 }) });
export type ExaminationList = Static<typeof ExaminationList>;

/** The path's parameter. */
export const ExaminationParameters = Type.Object({ examinationId: ExaminationId });
