/**
 * Writes docs/errors.md from protocol's tables; with --check it only says whether the page is as it should be.
 * Run with --conditions=source.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { GATEWAY_ERRORS, SERVICE_ERRORS } from '@payment-passkeys/protocol';

const PAGE = new URL('../docs/errors.md', import.meta.url);

const table = (errors) => {
  const rows = Object.entries(errors)
    .map(([code, { status, reason, sentence }]) => [String(status), `\`${reason}\``, `\`${code}\``, sentence])
    .sort(([a], [b]) => Number(a) - Number(b));
  return [
    '| status | reason | detail | what it says |',
    '| --- | --- | --- | --- |',
    ...rows.map((row) => `| ${row.join(' | ')} |`),
  ].join('\n');
};

const text = `# The errors

Made from \`packages/protocol/src/errors.ts\` by \`npm run error-reference\`; the tests hold the two together.

## From the service

\`\`\`json
{ "status": 400, "reason": "INVALID_ARGUMENT", "message": "…", "errordetail": [{ "reason": "CARD_EXPIRED", "sourceType": "BODY", "message": "…", "source": "/srcSessionInitiationRequestInfo/accountReferences/cards/0/panExpirationMonth" }] }
\`\`\`

\`source\` is a JSON pointer into the request as decrypted. No error carries a value of the request. A member's name that no message has may be a
value too, so it is \`*\` in a pointer: \`/srcSessionInitiationRequestInfo/*/cvv\`. 405 carries \`Allow\`. 429 and 503 carry \`Retry-After\`; 500
names a request id, which is also in the header \`x-request-id\` of every answer.

${table(SERVICE_ERRORS)}

## What is no error

| in a request | what the network makes of it |
| --- | --- |
| an optional field that is \`null\` | as if it were absent |
| \`locale\` | a hint: a well-formed BCP 47 tag is cut to language, script and region (\`en-US-u-mu-celsius\` is \`en-US\`), anything else is ignored |
| a field that the message does not have | ignored, unless it would carry a card security code |

In sandbox mode the answer to a signed request, a refusal too, names the unknown fields at the top level of the request and of the decrypted
object, since one of them may be a misspelt one:

\`\`\`
x-unknown-fields: /clientSesionId, /srcSessionInitiationRequestInfo/complianceSetings, /srcSessionInitiationRequestInfo/* (2)
\`\`\`

It names up to eight of each, of letters only; \`/* (2)\` counts those that it does not name.

## From the signature guard

In the shape of Mastercard's gateway; the detail is this project's own name and is not sent.

\`\`\`json
{ "Errors": { "Error": [{ "Source": "Gateway", "ReasonCode": "AUTHENTICATION_FAILED", "Description": "…", "Recoverable": false, "Details": null }] } }
\`\`\`

${table(GATEWAY_ERRORS)}

In sandbox mode the description of a signature that does not match shows the base strings that the network computed.
`;

if (!process.argv.includes('--check')) writeFileSync(PAGE, text);
else if (readFileSync(PAGE, 'utf8') !== text) {
  console.error('docs/errors.md is not what the tables say: run npm run error-reference');
  process.exitCode = 1;
}
