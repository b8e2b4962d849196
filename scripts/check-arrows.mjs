/**
 * Enforces the architecture: which part may import which, the layers of the network, and no import circle in any folder. Prints each
 * violation on one line, and exits 1 when there is one.
 */
import { existsSync, globSync, readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseSync } from 'oxc-parser';

const SCOPE = '@payment-passkeys/';

/** A part may import only the parts on its right from this repository. */
const ARROWS = {
  protocol: [],
  channel: ['protocol'],
  webauthn: [],
  storage: [],
  authenticator: ['protocol'],
  page: ['protocol'],
  console: ['protocol'],
  reference: ['channel'],
  native: ['protocol'],
  kit: ['protocol', 'channel'],
  issuer: ['protocol', 'channel', 'kit'],
  merchant: ['protocol', 'channel', 'kit'],
  network: ['protocol', 'channel', 'webauthn', 'storage', 'authenticator'],
  testkit: ['protocol', 'channel', 'storage', 'authenticator'],
  web: ['protocol', 'storage'],
  bank: ['storage', 'issuer', 'web'],
  shop: ['storage', 'merchant', 'web'],
  demo: [
    'protocol',
    'channel',
    'webauthn',
    'storage',
    'page',
    'native',
    'issuer',
    'merchant',
    'network',
    'web',
    'bank',
    'shop',
  ],
};
/** Parts that run in a browser. */
const WITHOUT_NODE = ['protocol', 'page', 'console', 'reference', 'native'];
/** Parts that only tests may import. */
const TESTS_ONLY = ['testkit'];
/** Additional imports in the tests of every part. */
const ALSO_IN_TESTS = ['testkit', 'authenticator'];
/** An import that only one folder of a part may make. */
const ONLY_BELOW = { network: { authenticator: 'packages/network/src/sandbox/' } };
/** The entry points with test doubles, such as `@payment-passkeys/web/testing`. Tests may import them, and the doubles of another part. */
const TESTING_ENTRY = /^\.\/testing(\/|$)/;
const DOUBLE = /\/testing\//;
/** Additional imports in the tests of one part: the kits check what the network answers. */
const IN_TESTS_OF = { network: ['kit', 'issuer', 'merchant'] };
/**
 * The network's layers below packages/network/src, from the bottom: a folder or a file may import those before it, and itself. Unlisted
 * files are the package's own entry points, which may import everything.
 */
const LAYERS = ['platform', 'domain', 'network.ts', 'api', 'sandbox', 'console-server.ts', 'server.ts', 'process'];
const NETWORK_SOURCE = 'packages/network/src/';
/** The files that load the layer `sandbox`, in sandbox mode only. */
const LOADS_SANDBOX = ['server.ts', 'console-server.ts', 'process/commands/examination-commands.ts'];
/** The only folders of `api` that the layer `sandbox` may import. */
const SANDBOX_USES_OF_API = ['console', 'guard'];
/** Imports with a computed target, which no check can follow. */
const COMPUTED_IMPORTS = [
  'packages/issuer/src/probe/command-line.ts',
  'packages/network/bin/payment-passkeys-network.mjs',
  'packages/storage/src/embedded/binaries.ts',
];

const SOURCE = /\.(ts|mts|js|mjs)$/;
const TEST = /\.test\.(ts|mjs)$|^(packages|apps)\/[^/]+\/test\//;

/**
 * Reads every source and test file below packages and apps.
 *
 * @param {string} root the repository.
 * @returns {readonly string[]} `file:line imports X: why`, in the order of the files.
 */
export function findViolations(root) {
  const files = globSync('{packages,apps}/*/{src,test,bin}/**', { cwd: root }).filter((file) => SOURCE.test(file));
  const imports = files.sort().flatMap((file) => {
    const source = readFileSync(path.join(root, file), 'utf8');
    return readImports(file, source).map((found) => ({ file, ...found }));
  });
  const arrows = imports.flatMap(({ file, line, target, later }) => {
    const why = judge(root, { file, target, later });
    return why === undefined ? [] : [`${file}:${line} imports ${target ?? 'what it computes'}: ${why}`];
  });
  return [...arrows, ...findCircles(imports)];
}

/**
 * In each folder of a `src`, its files and subfolders are neighbours, and the imports between them form no circle. `imports` are those of
 * all files. Tests are left out: they may import whatever they test.
 */
function findCircles(imports) {
  const folders = new Map();
  for (const { file, target } of imports) {
    if (!target?.startsWith('.') || TEST.test(file) || !file.split('/')[2]?.startsWith('src')) continue;
    const from = file.split('/');
    const to = path.posix.join(path.posix.dirname(file), target).split('/');
    const depth = from.findIndex((part, position) => part !== to[position]);
    if (depth < 3) continue;
    const folder = from.slice(0, depth).join('/');
    const neighbours = folders.get(folder) ?? new Map();
    folders.set(folder, neighbours);
    neighbours.set(from[depth], (neighbours.get(from[depth]) ?? new Map()).set(to[depth], `${file} imports ${target}`));
  }
  return [...folders].flatMap(([folder, neighbours]) => {
    const circle = findCircle(neighbours);
    if (circle === undefined) return [];
    const proof = circle.map((name, position) => neighbours.get(name).get(circle[(position + 1) % circle.length]));
    return [`${folder} has a circle, ${circle.join(' → ')} → ${circle[0]}: ${proof.join('; ')}`];
  });
}

/** The names of one circle, in order, or undefined. `graph` maps a name to a map whose keys are what it imports. */
function findCircle(graph) {
  const done = new Set();
  const follow = (name, trail) => {
    const begun = trail.indexOf(name);
    if (begun >= 0) return trail.slice(begun);
    if (done.has(name)) return undefined;
    for (const next of graph.get(name)?.keys() ?? []) {
      const circle = follow(next, [...trail, name]);
      if (circle !== undefined) return circle;
    }
    done.add(name);
    return undefined;
  };
  for (const name of graph.keys()) {
    const circle = follow(name, []);
    if (circle !== undefined) return circle;
  }
  return undefined;
}

/** All imports and re-exports. `target` is undefined if it is computed; `later` is true for `import(…)`. */
function readImports(file, source) {
  const { program, errors } = parseSync(file, source);
  if (errors.length > 0) throw new Error(`${file} cannot be parsed: ${errors[0].message}`);
  const imports = [];
  visit(program, (node) => {
    const specifier = specifierOf(node);
    if (specifier === undefined) return;
    imports.push({
      line: source.slice(0, node.start).split('\n').length,
      target: literalOf(specifier),
      later: node.type === 'ImportExpression',
    });
  });
  return imports;
}

function visit(node, see) {
  if (Array.isArray(node)) for (const item of node) visit(item, see);
  else if (node !== null && typeof node === 'object') {
    if (typeof node.type === 'string') see(node);
    for (const value of Object.values(node)) visit(value, see);
  }
}

/** For each kind of node that imports (ESTree and TS-ESTree), the property that names the target. */
function specifierOf(node) {
  switch (node.type) {
    case 'ImportDeclaration':
    case 'ExportAllDeclaration':
    case 'ExportNamedDeclaration':
    case 'ImportExpression':
    case 'TSImportType':
      return node.source ?? undefined;
    case 'CallExpression':
      return node.callee.type === 'Identifier' && node.callee.name === 'require' ? node.arguments[0] : undefined;
    default:
      return undefined;
  }
}

function literalOf(node) {
  if (node.type === 'Literal') return String(node.value);
  if (node.type === 'TemplateLiteral' && node.expressions.length === 0) return node.quasis[0].value.cooked;
  return undefined;
}

/** Why the import is not allowed, or undefined. */
function judge(root, { file, target, later }) {
  const [, part] = file.split('/');
  if (target === undefined) return COMPUTED_IMPORTS.includes(file) ? undefined : 'a computed import cannot be checked';
  if (target.startsWith('.')) return judgeRelative({ file, target, later });
  if (target.startsWith(SCOPE)) return judgeArrow({ root, file, part, target });
  if (isBuiltin(target) && WITHOUT_NODE.includes(part) && !TEST.test(file)) return `${part} runs in a browser`;
  return undefined;
}

function judgeRelative({ file, target, later }) {
  const home = file.split('/').slice(0, 2).join('/');
  const place = path.posix.join(path.posix.dirname(file), target);
  if (!place.startsWith(`${home}/`)) return 'a relative import stays in its package';
  if (TEST.test(file) || !file.startsWith(NETWORK_SOURCE) || !place.startsWith(NETWORK_SOURCE)) return undefined;
  const from = file.slice(NETWORK_SOURCE.length).split('/');
  const to = place.slice(NETWORK_SOURCE.length).split('/');
  return judgeSandbox({ from, to, later }) ?? judgeLayer(from, to);
}

function judgeSandbox({ from, to, later }) {
  const [layer] = from;
  const [targetLayer, ...targetRooms] = to;
  if (targetLayer === 'sandbox' && layer !== 'sandbox' && !(later && LOADS_SANDBOX.includes(from.join('/'))))
    return `sandbox is loaded by import() in ${LOADS_SANDBOX.join(' and ')} only, so that production never has it`;
  if (layer === 'sandbox' && targetLayer === 'api' && SANDBOX_USES_OF_API.some((room, at) => targetRooms[at] !== room))
    return `sandbox uses nothing of api but ${SANDBOX_USES_OF_API.join('/')}`;
  return undefined;
}

function judgeLayer([layer, room, area], [targetLayer, targetRoom, targetArea]) {
  if (!LAYERS.includes(layer)) return undefined;
  if (LAYERS.indexOf(targetLayer) > LAYERS.indexOf(layer)) return `${layer} stands below ${targetLayer}`;
  if (layer === 'api' && targetLayer === 'api' && room !== targetRoom)
    return `api/${room} and api/${targetRoom} are neighbours: what both need belongs in domain`;
  if (layer === 'api' && targetLayer === 'api' && room === 'console' && area !== targetArea && targetArea !== 'guard')
    return `api/console/${area} and api/console/${targetArea} are neighbours: what both need belongs in domain, or in its guard`;
  return undefined;
}

function judgeArrow({ root, file, part, target }) {
  const isTest = TEST.test(file);
  const [name, ...rest] = target.slice(SCOPE.length).split('/');
  const entry = ['.', ...rest].join('/');
  if (!entriesOf(root, name).includes(entry)) return `${name} has no public entry point ${entry}`;
  if (name === part) return 'a package imports its own files by path';
  if (isTest && ALSO_IN_TESTS.includes(name)) return undefined;
  if (TESTS_ONLY.includes(name)) return `${name} is for tests only`;
  const folder = ONLY_BELOW[part]?.[name] ?? '';
  if (!file.startsWith(folder)) return `${name} is for ${folder} only`;
  if (TESTING_ENTRY.test(entry) && !isTest && !DOUBLE.test(file)) return `${entry} of ${name} is for tests only`;
  if (isTest && IN_TESTS_OF[part]?.includes(name)) return undefined;
  const allowed = ARROWS[part];
  if (allowed === undefined) return `${part} has no arrows in scripts/check-arrows.mjs`;
  return allowed.includes(name) ? undefined : `${part} may import ${allowed.join(', ') || 'no other package'}`;
}

function entriesOf(root, name) {
  const manifest = ['packages', 'apps'].map((folder) => path.join(root, folder, name, 'package.json')).find(existsSync);
  return manifest === undefined ? [] : Object.keys(JSON.parse(readFileSync(manifest, 'utf8')).exports ?? {});
}

if (import.meta.filename === process.argv[1]) {
  const violations = findViolations(fileURLToPath(new URL('..', import.meta.url)));
  for (const violation of violations) console.error(violation);
  process.exitCode = violations.length > 0 ? 1 : 0;
}
