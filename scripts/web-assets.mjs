/** Common parts of the builds of the pages: a bundle of scripts, a small style sheet, and files with hashed names. */
import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { rolldown } from 'rolldown';
import { viteImportGlobPlugin } from 'rolldown/experimental';

/**
 * Bundles one entry for browsers. Each dynamic import, and so each language, is a chunk of its own.
 *
 * @param {{ name: string, file: string, base?: RegExp }} entry the name of the entry's file in the output, and its source. The modules that match
 *   `base` are one chunk, so that a screen needs no other files than the entry's and its own.
 * @returns {Promise<{ entry: string, modules: readonly string[], imports: readonly string[], files: readonly { name: string, text: string }[] }>}
 *   the entry's file name, its modules in order, the chunks that it imports at once, and all files.
 */
export async function bundleScripts({ name, file, base }) {
  const bundle = await rolldown({
    input: { [name]: file },
    platform: 'browser',
    tsconfig: false,
    plugins: [viteImportGlobPlugin({})],
    resolve: { conditionNames: ['source', 'browser', 'import', 'default'] },
    transform: { target: 'es2022' },
  });
  const { output } = await bundle.generate({
    format: 'esm',
    minify: true,
    comments: { legal: true, annotation: false, jsdoc: false },
    entryFileNames: '[name]-[hash].js',
    chunkFileNames: '[name]-[hash].js',
    ...(base && { codeSplitting: { groups: [{ name: 'base', test: base }] } }),
  });
  await bundle.close();
  const entry = output.find((each) => each.isEntry);
  return {
    entry: entry.fileName,
    modules: entry.moduleIds,
    imports: entry.imports,
    files: output.map(({ fileName, code }) => ({ name: fileName, text: code })),
  };
}

/** A style sheet with a hashed name. `css` has no strings that contain a comment or several spaces. */
export function buildStyle(name, css) {
  const text = minifyCss(css);
  const hash = createHash('sha256').update(text).digest('base64url').slice(0, 8);
  return { name: `${name}-${hash}.css`, text };
}

/** Removes comments and unneeded spaces. */
function minifyCss(css) {
  return css
    .replace(/\/\*.*?\*\//gs, '')
    .replace(/\s+/g, ' ')
    .replace(/ ?([{};,>]) ?/g, '$1')
    .replace(/: /g, ':')
    .replace(/;}/g, '}')
    .trim();
}

export function withoutIndentation(html) {
  return html.replace(/\n\s*/g, '\n');
}

/** Writes the file and its compressed forms, `.br` and `.gz`, for a server that sends compressed files. */
export async function writeAsset(folder, { name, text }) {
  await Promise.all([
    writeFile(new URL(name, folder), text),
    writeFile(new URL(`${name}.br`, folder), brotliCompressSync(text)),
    writeFile(new URL(`${name}.gz`, folder), gzipSync(text, { level: 9 })),
  ]);
}
