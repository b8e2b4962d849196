/**
 * The code that the documentation shows is included from files that run: `npm run included-code` writes it, `--check` compares. A page names the
 * file, and a region of it, in a comment before the block:
 *
 *     <!-- code: examples/express-bank/server.mjs#routes -->
 *
 * A region is the code between `// #region routes` and `// #endregion`. Without a region the file is included from its first import; a file that
 * is no JavaScript is included whole.
 */
import { globSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const PAGES = ['README.md', 'docs/*.md', 'packages/*/README.md', 'examples/*/README.md'];
const BLOCK = /(<!-- code: (?<file>[^\s#]+)(#(?<region>[\w-]+))? -->\n\n?```\w*\n)[\s\S]*?(?=^```$)/gm;
const MARKER = /<!-- code: /g;
const JAVASCRIPT = /\.[cm]?[jt]sx?$/;

if (import.meta.filename === process.argv[1]) {
  const faults = globSync(PAGES, { cwd: ROOT }).flatMap((page) => update(page, process.argv.includes('--check')));
  for (const fault of faults) console.error(fault);
  process.exitCode = faults.length > 0 ? 1 : 0;
}

function update(page, check) {
  const text = readFileSync(path.join(ROOT, page), 'utf8');
  const { text: included, faults } = include(text, (file) => readFileSync(path.join(ROOT, file), 'utf8'));
  if (faults.length > 0) return faults.map((fault) => `${page}: ${fault}`);
  if (included === text) return [];
  if (check) return [`${page} does not show what its files say: run npm run included-code`];
  writeFileSync(path.join(ROOT, page), included);
  return [];
}

/** The page with the current code in its blocks, and the code that cannot be included. `read` answers a file's text. */
export function include(page, read) {
  const faults = [];
  let blocks = 0;
  const text = page.replace(BLOCK, (block, opening, _file, _hash, _region, ...rest) => {
    blocks += 1;
    const { file, region } = rest.at(-1);
    try {
      return opening + readRegion(read(file), { file, region });
    } catch (error) {
      faults.push(`${file}${region === undefined ? '' : `#${region}`}: ${error.message}`);
      return block;
    }
  });
  if (page.match(MARKER)?.length > blocks) faults.push('a comment "code:" has no block of code after it');
  return { text, faults };
}

function readRegion(source, { file, region }) {
  if (region === undefined) {
    if (!JAVASCRIPT.test(file)) return source;
    const at = source.search(/^import /m);
    if (at < 0) throw new Error('the file has no import to begin with');
    return source.slice(at);
  }
  const lines = source.split('\n');
  const begin = lines.findIndex((line) => line.trim() === `// #region ${region}`);
  const length = lines.slice(begin + 1).findIndex((line) => line.trim() === '// #endregion');
  if (begin < 0 || length < 0) throw new Error('the file has no such region');
  const inside = lines.slice(begin + 1, begin + 1 + length);
  const indent = Math.min(...inside.filter((line) => line !== '').map((line) => line.search(/\S/)));
  return `${inside.map((line) => line.slice(indent)).join('\n')}\n`;
}
