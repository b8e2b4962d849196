/**
 * Makes the API reference of the kits in docs/api/ (not committed) with TypeDoc: one module for each entry point in the `exports` of a
 * kit. With --check it writes nothing. It names every export without a docstring, and then exits 1.
 */
import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Application } from 'typedoc';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const KITS = ['issuer', 'merchant', 'native'];

/** @returns {[file: string, name: string][]} the source of each entry point, and the name that users import it by */
function readEntryPoints(kit) {
  const folder = path.join(ROOT, 'packages', kit);
  const { name, exports } = readJson(path.join(folder, 'package.json'));
  return Object.entries(exports)
    .filter(([, target]) => typeof target === 'object' && 'source' in target)
    .map(([entry, { source }]) => [path.join(folder, source), path.posix.join(name, entry)]);
}

function readJson(file) {
  return JSON.parse(readFileSync(file, 'utf8'));
}

const names = new Map(KITS.flatMap(readEntryPoints));
const application = await Application.bootstrap({
  name: 'Payment passkeys: the kits',
  entryPoints: [...names.keys()],
  tsconfig: fileURLToPath(new URL('tsconfig.json', import.meta.url)),
  // The types are checked by `npm run types`, with the TypeScript that the project is written for.
  skipErrorChecking: true,
  readme: 'none',
  disableSources: true,
  excludePrivate: true,
  excludeInternal: true,
  excludeExternals: true,
  validation: { notDocumented: true, notExported: false, invalidLink: true, rewrittenLink: true },
  packagesRequiringDocumentation: globSync('packages/*/package.json', { cwd: ROOT }).map(
    (file) => readJson(path.join(ROOT, file)).name,
  ),
  requiredToBeDocumented: ['Class', 'Interface', 'Function', 'TypeAlias', 'Variable', 'Method'],
  treatWarningsAsErrors: true,
});
const entryPoints = application.getEntryPoints().map((entry) => ({
  ...entry,
  displayName: names.get(path.normalize(entry.sourceFile.fileName)) ?? entry.displayName,
}));
const project = application.converter.convert(entryPoints);
application.validate(project);
if (!process.argv.includes('--check')) await application.generateDocs(project, path.join(ROOT, 'docs', 'api'));
process.exitCode = application.logger.hasErrors() || application.logger.hasWarnings() ? 1 : 0;
