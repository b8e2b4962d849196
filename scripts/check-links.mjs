/**
 * Checks that every relative link in the documents leads to an existing file. Prints `file: target` for each that does not, and exits 1.
 */
import { existsSync, globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const documents = globSync('{*.md,{docs,packages,apps,e2e,examples,operations}/**/*.md}', {
  cwd: root,
  exclude: (name) => name === 'node_modules',
});
const broken = documents.flatMap((file) => {
  const text = readFileSync(path.join(root, file), 'utf8');
  const targets = Array.from(text.matchAll(/\]\(([^)\s#]+)(?:#[^)\s]*)?\)/g), ([, target]) => target);
  return targets
    .filter((target) => !/^[a-z][a-z0-9+.-]*:/.test(target))
    .filter((target) => !existsSync(path.resolve(root, path.dirname(file), target)))
    .map((target) => `${file}: ${target} is not there`);
});
for (const line of broken) console.error(line);
process.exitCode = broken.length > 0 ? 1 : 0;
