import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync } from 'node:zlib';
import { build } from 'esbuild';

const LIMIT = 2048;

test(`what a page's server code imports is at most ${LIMIT} bytes, minified and compressed`, async (t) => {
  // What is imported only once it is needed: limits, and the count of speculation.
  const later = [];
  const { outputFiles } = await build({
    stdin: {
      contents: "export * from 'foreload/runtime'; export * from 'foreload/middleware';",
      resolveDir: fileURLToPath(new URL('../..', import.meta.url)),
    },
    plugins: [
      {
        name: 'later',
        setup: ({ onResolve }) =>
          onResolve({ filter: /^\./ }, ({ kind, path }) => {
            if (kind !== 'dynamic-import') return;
            later.push(path);
            return { path, external: true };
          }),
      },
    ],
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    platform: 'node',
    target: 'es2022',
  });
  const { contents } = outputFiles[0];
  const size = brotliCompressSync(contents).length;
  t.diagnostic(`${contents.length} bytes minified, ${size} with brotli; later: ${later.join(', ')}`);
  assert.ok(contents.length > 500, 'the bundle holds the runtime');
  assert.deepEqual(later.sort(), ['./schedule.js', './speculation_report.js']);
  assert.ok(size <= LIMIT, `${size} bytes`);
});
