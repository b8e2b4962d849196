/** Writes docs/errors.md from protocol's tables; with --check it only checks the page. Run with --conditions=source. */
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

Every error of the network's APIs. This page is made from \`packages/protocol/src/errors.ts\` by \`npm run error-reference\`; \`npm test\` checks it.

## From the service

\`\`\`json
{ "status": 400, "reason": "INVALID_ARGUMENT", "message": "…", "errordetail": [{ "reason": "CARD_EXPIRED", "sourceType": "BODY", "message": "…", "source": "/srcSessionInitiationRequestInfo/accountReferences/cards/0/panExpirationMonth" }] }
\`\`\`

\`source\` is a JSON pointer into the decrypted request. No error carries a value of the request. An unknown field's name may be
a value too, so it is \`*\` in a pointer: \`/srcSessionInitiationRequestInfo/*/cvv\`. 405 carries \`Allow\`. 429 and 503 carry \`Retry-After\`; 500
names a request id, which is also the header \`x-request-id\` of every answer.

${table(SERVICE_ERRORS)}

## Not an error

| in a request | what the network does |
| --- | --- |
| an optional field that is \`null\` | treats it as absent |
| \`locale\` | uses it as a hint: it reduces a well-formed BCP 47 tag to language, script and region (\`en-US-u-mu-celsius\` is \`en-US\`) and ignores anything else |
| an unknown field | ignores it, unless its name is one of a card security code |

In sandbox mode every answer to a signed request names the unknown fields at the top level of the request and of the decrypted
object, because one of them may be misspelt:

\`\`\`
x-unknown-fields: /clientSesionId, /srcSessionInitiationRequestInfo/complianceSetings, /srcSessionInitiationRequestInfo/* (2)
\`\`\`

It names at most eight of each, and only names of letters; \`/* (2)\` counts the others.

## From the signature guard

These have the form of Mastercard's gateway. The detail is this project's own name, and is not sent.

\`\`\`json
{ "Errors": { "Error": [{ "Source": "Gateway", "ReasonCode": "AUTHENTICATION_FAILED", "Description": "…", "Recoverable": false, "Details": null }] } }
\`\`\`

${table(GATEWAY_ERRORS)}

In sandbox mode the description of a signature that does not match contains the base strings that the network computed.
`;

if (!process.argv.includes('--check')) writeFileSync(PAGE, text);
else if (readFileSync(PAGE, 'utf8') !== text) {
  console.error('docs/errors.md is not what the tables say: run npm run error-reference');
  process.exitCode = 1;
}
