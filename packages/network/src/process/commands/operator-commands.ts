/** The commands `operators …`: who may sign in at the console. They need access to this machine and the database, and no approval. */
import { OPERATOR_ROLES, type OperatorRole } from '@payment-passkeys/protocol/console';
import { invitationUri, inviteOperator } from '../../domain/operators/invitations.ts';
import { changeRole, listOperators, readOperator, removeOperator } from '../../domain/operators/store.ts';
import { readConfig } from '../../platform/config/config.ts';
import { ServiceError } from '../../platform/errors/errors.ts';
import { type Call, type Command, commandAuthor, report, UsageError } from './command.ts';
import { withDatabase } from './with-database.ts';

export const OPERATOR_COMMANDS: readonly Command[] = [
  {
    name: 'operators invite',
    operands: [],
    options: ['name', 'role', 'json'],
    summary: `print the address at which a new operator of the console makes a passkey, once, within\n15 minutes; ROLE is ${OPERATOR_ROLES.join(', ')}`,
    run: invite,
  },
  {
    name: 'operators list',
    operands: [],
    options: ['json'],
    summary: 'the operators and their roles',
    run: list,
  },
  {
    name: 'operators role',
    operands: ['ID'],
    options: ['role', 'json'],
    summary: 'give an operator another role; the console sessions with the earlier one end',
    run: setRole,
  },
  {
    name: 'operators remove',
    operands: ['ID'],
    options: ['json'],
    summary: 'remove an operator with passkeys and console sessions, for good',
    run: remove,
  },
];

const MAX_NAME_LENGTH = 100;

async function invite(call: Call): Promise<void> {
  const name = call.options.name?.trim() ?? '';
  if (name === '' || name.length > MAX_NAME_LENGTH) throw new UsageError('--name is the name of a person.');
  const role = readRole(call);
  const { console: settings } = readConfig(call.env);
  if (settings === undefined) throw new UsageError('There is no console: CONSOLE_PORT is not set.');
  const invited = { name, role, author: commandAuthor(call), now: call.clock() };
  const { token, expiresAt } = await withDatabase(call, ({ pool }) => inviteOperator(pool, invited));
  const uri = invitationUri(settings.url, token);
  report(call, { uri, expiresAt: expiresAt.toISOString() }, [
    uri,
    `For ${name} alone, once, until ${expiresAt.toISOString()}. Whoever opens it becomes the operator.`,
  ]);
}

async function list(call: Call): Promise<void> {
  const operators = await withDatabase(call, ({ pool }) => listOperators(pool));
  const lines = operators.map(({ operatorId, name, role, signsInBy, lastSignedInAt }) =>
    [
      operatorId,
      role ?? 'waits for approval',
      signsInBy,
      lastSignedInAt?.toISOString() ?? 'never signed in',
      name,
    ].join('\t'),
  );
  report(call, operators, lines.length > 0 ? lines : ['There is no operator.']);
}

async function setRole(call: Call): Promise<void> {
  const [operatorId = ''] = call.operands;
  const role = readRole(call);
  await withDatabase(call, async ({ pool }) => {
    const { role: roleBefore } = await readOperator(pool, operatorId);
    if (roleBefore !== role)
      await changeRole(pool, { operatorId, roleBefore, role, author: commandAuthor(call), now: call.clock() });
  }).catch(explain);
  report(call, { operatorId, role }, [`${operatorId} has the role ${role}.`]);
}

async function remove(call: Call): Promise<void> {
  const [operatorId = ''] = call.operands;
  const removal = { operatorId, author: commandAuthor(call), now: call.clock() };
  await withDatabase(call, ({ pool }) => removeOperator(pool, removal)).catch(explain);
  report(call, { operatorId, removed: true }, [`${operatorId} is removed.`]);
}

function readRole({ options: { role } }: Call): OperatorRole {
  const known = OPERATOR_ROLES.find((name) => name === role);
  if (known === undefined) throw new UsageError(`--role is one of ${OPERATOR_ROLES.join(', ')}.`);
  return known;
}

const SENTENCES: Partial<Record<ServiceError['code'], string>> = {
  OPERATOR_NOT_FOUND: 'There is no such operator: see operators list.',
  LAST_ADMINISTRATOR: 'This is the last administrator: invite another one first.',
  ROLE_FROM_PROVIDER: "The OpenID provider decides this operator's role; change it there.",
  OPERATOR_CHANGED: 'The role has just changed: see operators list.',
};

function explain(error: unknown): never {
  const sentence = error instanceof ServiceError ? SENTENCES[error.code] : undefined;
  throw sentence === undefined ? error : new UsageError(sentence);
}
