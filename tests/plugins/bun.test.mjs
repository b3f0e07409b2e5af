// The addon as a native plugin of Bun's bundler: what Bun parses is what the host gives, byte by byte.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { addonPath, loadAddon, makeProject, repository, site } from '../native.mjs';

const bun = join(repository, 'node_modules/@oven/bun-linux-x64/bin/bun');
const card = site['src/components/Card.astro'].replace('hello', 'héllo \u{1f600}');
const files = {
  ...site,
  'src/components/Card.astro': card,
  'src/plain.astro': '<p>no loader</p>\n',
  'src/entry.js': [
    "import page from './pages/index.astro';",
    "import card from './components/Card.astro';",
    "import plain from './plain.astro';",
    'console.log(JSON.stringify([page, card, plain]));',
  ].join('\n'),
  'build.js': `
    const addon = require(process.env.ADDON);
    const external = process.env.EXTERNAL === 'none' ? undefined : addon.createHost({ root: import.meta.dir }).bunExternal();
    const built = await Bun.build({
      entrypoints: [import.meta.dir + '/src/entry.js'],
      loader: { '.astro': 'text' },
      target: 'bun',
      throw: false,
      plugins: [{
        name: 'foreload',
        setup(build) {
          build.onBeforeParse({ filter: /\\.astro$/ }, { napiModule: addon, symbol: 'foreload_on_before_parse', external });
        },
      }],
    });
    for (const log of built.logs) console.error(String(log));
    if (!built.success) process.exit(1);
    await Bun.write(import.meta.dir + '/out.js', await built.outputs[0].text());
  `,
};

function run(root, file, env) {
  const { status, stdout, stderr, error } = spawnSync(bun, [join(root, file)], {
    encoding: 'utf8',
    env: { ...process.env, ADDON: addonPath, ...env },
  });
  if (error) throw error;
  return { status, stdout, stderr };
}

const skip = !existsSync(bun) && 'npm has no Bun for this machine';

test('inside of Bun.build components are transformed to the same bytes', { skip }, async (t) => {
  const root = makeProject(t, files);
  const built = run(root, 'build.js');
  assert.equal(built.status, 0, built.stderr);
  const seen = JSON.parse(run(root, 'out.js').stdout);
  const host = loadAddon().createHost({ root });
  t.after(() => host.close());
  const expected = [];
  for (const path of ['src/pages/index.astro', 'src/components/Card.astro', 'src/plain.astro'])
    expected.push((await host.transform(join(root, path), files[path])).code ?? files[path]);
  assert.deepEqual(seen, expected);
  assert.match(seen[0], /__foreload_lift\(\)/);
  assert.equal(seen[2], files['src/plain.astro'], 'what stays as it is passes');
});

test('what is wrong with a component is among the logs of the build', { skip }, (t) => {
  const broken = '---\nconst = ;\n---\n';
  const { status, stderr } = run(makeProject(t, { ...files, 'src/plain.astro': broken }), 'build.js');
  assert.equal(status, 1);
  assert.match(stderr, /the frontmatter could not be parsed here/);
});

test('without a host it says what it wants', { skip }, (t) => {
  const { status, stderr } = run(makeProject(t, files), 'build.js', { EXTERNAL: 'none' });
  assert.equal(status, 1);
  assert.match(stderr, /`external` has to be host\.bunExternal\(\)/);
});
