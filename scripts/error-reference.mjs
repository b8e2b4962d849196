/**
 * Writes docs/errors.md, docs/reasons.md and the table of docs/test-your-integration.md from the tables in the code; with --check it only checks
 * the pages. Run with --conditions=source.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { NEXT_STEPS } from '@payment-passkeys/issuer/server';
import { ADVICE } from '@payment-passkeys/merchant/server';
import { GATEWAY_ERRORS, REASONS, SERVICE_ERRORS, TOKEN_ERRORS } from '@payment-passkeys/protocol';
import { REASON_TEXTS } from '@payment-passkeys/protocol/console';
import { SANDBOX_VALUES } from '@payment-passkeys/protocol/sandbox';

const errorTable = (errors) => {
  const rows = Object.entries(errors)
    .map(([code, { status, reason, sentence }]) => [String(status), `\`${reason}\``, `\`${code}\``, sentence])
    .sort(([a], [b]) => Number(a) - Number(b));
  return table([['status', 'reason', 'detail', 'what it says'], ...rows]);
};

function table([head, ...rows]) {
  return [head, head.map(() => '---'), ...rows]
    .map((row) => `| ${row.join(' | ')} |`.replace('|  |', '| |'))
    .join('\n');
}

const errors = `# The errors

Every error of the network's APIs. This page is made from \`packages/protocol/src/errors.ts\` by \`npm run error-reference\`; \`npm test\` checks it.

## From the service

\`\`\`json
{ "status": 400, "reason": "INVALID_ARGUMENT", "message": "…", "errordetail": [{ "reason": "CARD_EXPIRED", "sourceType": "BODY", "message": "…", "source": "/srcSessionInitiationRequestInfo/accountReferences/cards/0/panExpirationMonth" }] }
\`\`\`

\`source\` is a JSON pointer into the decrypted request. No error carries a value of the request. An unknown field's name may be
a value too, so it is \`*\` in a pointer: \`/srcSessionInitiationRequestInfo/*/cvv\`. 405 carries \`Allow\`. 429 and 503 carry \`Retry-After\`; 500
names a request id, which is also the header \`x-request-id\` of every answer.

${errorTable(SERVICE_ERRORS)}

## Not an error

| in a request | what the network does |
| --- | --- |
| an optional field that is \`null\` | treats it as absent |
| an amount that is a JSON number | takes it if it is exact in the currency's digits: 18 and 18.5 are 18.00 and 18.50 USD. 0.1 + 0.2 is no amount in USD, and 1.5 is none in JPY: AMOUNT_INVALID |
| \`locale\` | uses it as a hint: it reduces a well-formed BCP 47 tag to language, script and region (\`en-US-u-mu-celsius\` is \`en-US\`) and ignores anything else |
| an unknown field | ignores it, unless its name is one of a card security code |

In sandbox mode every answer to a signed request names the unknown fields at the top level of the request and of the decrypted
object, and those of a payment's \`transaction\`, because one of them may be misspelt:

\`\`\`
x-unknown-fields: /clientSesionId, /srcSessionInitiationRequestInfo/complianceSetings, /srcSessionInitiationRequestInfo/* (2)
\`\`\`

It names at most eight of each, and only names of letters; \`/* (2)\` counts the others.

## From the signature guard

These have the form of Mastercard's gateway. The detail is this project's own name, and is not sent.

\`\`\`json
{ "Errors": { "Error": [{ "Source": "Gateway", "ReasonCode": "AUTHENTICATION_FAILED", "Description": "…", "Recoverable": false, "Details": null }] } }
\`\`\`

${errorTable(GATEWAY_ERRORS)}

In sandbox mode the description of a signature that does not match contains the base strings that the network computed.

A request with an access token of OAuth 2.0 is refused with a \`WWW-Authenticate\` header too (RFC 9449 §7.1), by which client libraries act: \`DPoP error="use_dpop_nonce", algs="PS256 ES256"\`.

## From the token endpoint

\`POST /oauth2/token\` answers in the form of RFC 6749 §5.2. 429 is \`temporarily_unavailable\` as well; it and 503 carry \`Retry-After\`.

\`\`\`json
{ "error": "invalid_client", "error_description": "…" }
\`\`\`

${table([
  ['status', 'error', 'what it says'],
  ...Object.entries(TOKEN_ERRORS).map(([code, { status, sentence }]) => [String(status), `\`${code}\``, sentence]),
])}
`;

const reasons = `# Why an enrolment or a payment ends

A callback that is not a success has a \`reason\`. USER_CANCELLATION has the status CANCELLED, every other reason has ERROR.
[How an enrolment works](how-an-enrolment-works.md#when-it-fails) says what leads to which reason. This page is made from \`packages/protocol/src/outcomes.ts\`, the console's catalogue and the
kits' tables of advice by \`npm run error-reference\`; \`npm test\` checks it.

A failure is unsigned, so anybody can make one. Show it; it ends nothing, and a success can still follow.

## What it means

The sentences of the console and of \`sessions show\` ([what happened to a session](what-happened-to-a-session.md)).

${table([['reason', 'what it means'], ...REASONS.map((reason) => [reason, REASON_TEXTS[reason]])])}

## What a bank's customer can do

The issuer kit's \`nextStep\` and \`ifThatFails\` (\`NEXT_STEPS.reasons\`). [The issuer kit](issuer-kit.md#outcomes-and-next-steps) has the advice for all other outcomes.

${table([['reason', 'nextStep', 'ifThatFails'], ...REASONS.map((reason) => nextStepsOf(reason))])}

## What a shopper can do

The merchant kit's \`advice\` for a payment (\`ADVICE.reasons\`) and for an added card (\`ADVICE.cardReasons\`). [The shop's guide](accept-payment-passkeys-in-your-shop.md#what-to-tell-the-shopper)
says what each advice means.

${table([['reason', 'payment', 'card'], ...REASONS.map((reason) => adviceOf(reason))])}
`;

function nextStepsOf(reason) {
  const { nextStep, ifThatFails = '' } = NEXT_STEPS.reasons[reason];
  return [reason, nextStep, ifThatFails];
}

function adviceOf(reason) {
  return [reason, ADVICE.reasons[reason], ADVICE.cardReasons[reason]].map((code) => `\`${code}\``);
}

const BEGIN = '<!-- sandbox values: made by npm run error-reference -->\n';
const END = '<!-- end of the sandbox values -->';

/** The page with the table between its marks. */
function withValues(text) {
  const before = text.slice(0, text.indexOf(BEGIN) + BEGIN.length);
  const after = text.slice(text.indexOf(END));
  const rows = SANDBOX_VALUES.map(({ outcome, step, happens, meets }) => [
    `\`${outcome}@${step}.sandbox.example\``,
    happens,
    meets,
  ]);
  return `${before}${table([['e-mail address', 'the network', 'you get'], ...rows])}\n${after}`;
}

const pageOf = (name) => new URL(`../docs/${name}`, import.meta.url);

for (const [name, text] of [
  ['errors.md', errors],
  ['reasons.md', reasons],
  ['test-your-integration.md', withValues(readFileSync(pageOf('test-your-integration.md'), 'utf8'))],
]) {
  const page = pageOf(name);
  if (!process.argv.includes('--check')) writeFileSync(page, text);
  else if (readFileSync(page, 'utf8') !== text) {
    console.error(`docs/${name} is not what the tables say: run npm run error-reference`);
    process.exitCode = 1;
  }
}
