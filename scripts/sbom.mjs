/**
 * The bill of materials of everything that is shipped: `npm run sbom -- FOLDER` writes one CycloneDX file, made by npm, for the network and for
 * each published package. The network's file also has the libraries in its pages.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { PUBLISHED } from './build.mjs';
import { npm, writeProductionTree } from './production-tree.mjs';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** The network and each published package, with the folders of packages/ whose code it contains. */
export const SHIPPED = {
  network: ['network', 'page', 'console', 'reference'],
  ...Object.fromEntries(PUBLISHED.map((name) => [name, [name]])),
};

/**
 * @param {string} name a key of SHIPPED.
 * @returns {object} a CycloneDX document about the package, with each dependency's version, hash and licence, as the lock file has them.
 */
export function buildBill(name) {
  const folder = mkdtempSync(path.join(tmpdir(), 'payment-passkeys-sbom-'));
  try {
    writeProductionTree(folder, SHIPPED[name]);
    const bill = JSON.parse(
      npm(folder, ['sbom', '--package-lock-only', '--sbom-format', 'cyclonedx', '--omit', 'dev']),
    );
    return about(name, bill);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Corrects npm's output: npm leaves out the scope of a workspace, and describes the temporary folder instead of the package. */
function about(name, bill) {
  const scope = '@payment-passkeys';
  const components = bill.components.map((component) =>
    component['bom-ref'].startsWith(`${scope}/`) ? { ...component, group: scope } : component,
  );
  const isSubject = (ref) => ref.startsWith(`${scope}/${name}@`);
  const subject = components.find((component) => isSubject(component['bom-ref']));
  const { component: project, ...metadata } = bill.metadata;
  const root = project['bom-ref'];
  return {
    ...bill,
    metadata: { ...metadata, component: { ...subject, type: name === 'network' ? 'application' : 'library' } },
    components: components.filter((component) => component !== subject),
    // In npm's output the temporary project depends on the pages of the network. Here the network itself depends on them.
    dependencies: bill.dependencies
      .filter(({ ref }) => ref !== root)
      .map((dependency) => {
        if (!isSubject(dependency.ref)) return dependency;
        const bundled = SHIPPED[name].filter((other) => other !== name);
        const refs = components.filter((c) => bundled.some((other) => c['bom-ref'].startsWith(`${scope}/${other}@`)));
        return { ...dependency, dependsOn: [...dependency.dependsOn, ...refs.map((c) => c['bom-ref'])] };
      }),
  };
}

/** Writes all bills. @returns {readonly string[]} the files. */
export function writeBills(folder) {
  mkdirSync(folder, { recursive: true });
  const { version } = JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8'));
  return Object.keys(SHIPPED).map((name) => {
    const file = path.join(folder, `payment-passkeys-${name}-${version}.cdx.json`);
    writeFileSync(file, `${JSON.stringify(buildBill(name), null, 2)}\n`);
    return file;
  });
}

if (import.meta.filename === process.argv[1]) {
  const [folder] = process.argv.slice(2);
  if (folder === undefined) {
    console.error('Usage: npm run sbom -- FOLDER');
    process.exit(2);
  }
  for (const file of writeBills(path.resolve(folder))) console.log(file);
}
