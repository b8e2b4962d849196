import { expect, test } from 'vitest';
import { include } from './included-code.mjs';

const FILES = {
  'a.mjs':
    '/** Head. */\nimport x from "x";\n\nif (x) {\n  // #region one\n  run();\n\n    more();\n  // #endregion\n}\n',
  'no-import.mjs': 'run();\n',
  'job.yml': 'job:\n  script: run\n',
};
const read = (file) => {
  if (FILES[file] === undefined) throw new Error('there is no such file');
  return FILES[file];
};
const page = (marker, code) => `# Page\n\n${marker}\n\n\`\`\`js\n${code}\`\`\`\n\nText.\n`;

test('a block gets the region, without its indentation; another block stays', () => {
  const before = page('<!-- code: a.mjs#one -->', 'old();\n') + page('Text.', 'other();\n');
  const after = page('<!-- code: a.mjs#one -->', 'run();\n\n  more();\n') + page('Text.', 'other();\n');
  expect(include(before, read)).toEqual({ text: after, faults: [] });
  expect(include(after, read).text).toBe(after);
});

test('without a region it is the file from its first import', () => {
  const { text } = include(page('<!-- code: a.mjs -->', ''), read);
  expect(text).toContain('```js\nimport x from "x";\n\nif (x) {');
  expect(text).not.toContain('Head');
});

test('a file that is no JavaScript is included whole', () => {
  expect(include(page('<!-- code: job.yml -->', ''), read).text).toBe(page('<!-- code: job.yml -->', FILES['job.yml']));
});

test.each([
  ['<!-- code: no-import.mjs -->', 'no-import.mjs: the file has no import to begin with'],
  ['<!-- code: a.mjs#two -->', 'a.mjs#two: the file has no such region'],
  ['<!-- code: b.mjs -->', 'b.mjs: there is no such file'],
  ['<!-- code: a.mjs#one -->\n\nText in between.', 'a comment "code:" has no block of code after it'],
])('%s is refused', (marker, fault) => {
  expect(include(page(marker, 'old();\n'), read).faults).toEqual([fault]);
});
