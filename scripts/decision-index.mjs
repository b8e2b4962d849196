/**
 * Writes docs/decisions/README.md, the index of the decisions, from their first lines; with --check it only checks the index. Either way it
 * exits 1 when a decision has no title, status or date in the form below, or its number is wrong or used twice.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const FOLDER = fileURLToPath(new URL('../docs/decisions/', import.meta.url));
const INDEX = path.join(FOLDER, 'README.md');
const OPENING = /^# (?<number>\d+)\. (?<title>.+)\n\nStatus: (?<status>.+)\. Date: (?<date>\d{4}-\d\d-\d\d)\.\n/;
const STATUS = /^(accepted|(accepted, changed|superseded) by \[\d+\]\(\d{4}-[a-z0-9-]+\.md\))$/;

const faults = [];
const decisions = readdirSync(FOLDER)
  .filter((file) => file !== 'README.md')
  .sort()
  .map((file) => ({ file, ...OPENING.exec(readFileSync(path.join(FOLDER, file), 'utf8'))?.groups }));
for (const { file, number, status } of decisions) {
  if (number === undefined)
    faults.push(`${file}: begins with "# 12. Title", an empty line, "Status: accepted. Date: 2026-11-28."`);
  else if (!STATUS.test(status)) faults.push(`${file}: "${status}" is no status`);
  else if (file.slice(0, 5) !== `${number.padStart(4, '0')}-`) faults.push(`${file}: its heading says ${number}`);
}
const numbers = decisions.map(({ file }) => file.slice(0, 4));
for (const number of new Set(numbers.filter((each, index) => numbers.indexOf(each) !== index))) {
  faults.push(`${number}: used twice`);
}

const text = `# Decisions

Choices that are not obvious, with the reason and what was measured. This index is made by \`npm run decision-index\`; \`npm test\` checks it.
A new decision takes the next free number and begins like the others. A decision that another one replaces stays here; its status names the other.

| | Decision | Status | Date |
| --: | --- | --- | --- |
${decisions.map(({ file, number, title, status, date }) => `| ${number} | [${title}](${file}) | ${status} | ${date} |`).join('\n')}
`;
if (faults.length === 0) {
  if (!process.argv.includes('--check')) writeFileSync(INDEX, text);
  else if (!existsSync(INDEX) || readFileSync(INDEX, 'utf8') !== text) {
    faults.push('docs/decisions/README.md is not what the decisions say: run npm run decision-index');
  }
}
for (const fault of faults) console.error(fault);
process.exitCode = faults.length > 0 ? 1 : 0;
