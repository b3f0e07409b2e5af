// Native plugins through the command: the examples do what the guide says, and what makes no sense is refused.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { command, makeProject, repository, site } from '../native.mjs';

const plugins = join(process.env.FORELOAD_BUILD ?? join(repository, 'build/release'), 'plugins');
const plugin = (name) => join(plugins, `${name}.so`);

function run(program, args, options) {
  const { status, stdout, stderr, error } = spawnSync(program, args, {
    encoding: 'utf8',
    env: { ...process.env, NO_COLOR: '1' },
    ...options,
  });
  if (error) throw error;
  return { status, stdout, stderr };
}

const page = 'src/pages/index.astro';
const build = (root, ...args) => run(command, ['build', root, '--out', join(root, 'out'), ...args]);
const output = (root, path) => readFileSync(join(root, 'out', path), 'utf8');

test('banner: each component has its line, and the map knows where the rest was', (t) => {
  const root = makeProject(t, site);
  const { status, stderr } = build(root, '--plugin', `${plugin('banner')}={"text": "made by me"}`);
  assert.equal(status, 0, stderr);
  assert.match(output(root, 'src/components/Card.astro'), /^---\n\/\/ made by me\nimport/);
  const map = JSON.parse(output(root, `${page}.map`));
  assert.deepEqual(map.sources, [page.split('/').at(-1)]);
  assert.ok(map.mappings.startsWith('AAAA'));
  assert.equal(map.mappings.split(';')[1], '', 'the new line comes from nowhere');
});

test('banner: options from a file; without them it says what it wants', (t) => {
  const root = makeProject(t, { ...site, 'banner.json': '{"text": "from a file"}' });
  assert.equal(build(root, '--plugin', `${plugin('banner')}=${join(root, 'banner.json')}`).status, 0);
  assert.match(output(root, page), /\/\/ from a file/);
  const without = build(root, '--plugin', plugin('banner'));
  assert.equal(without.status, 2);
  assert.match(without.stderr, /plugin '\S+banner.so' does not want to start: the options have to be/);
  assert.match(build(root, '--plugin', `${plugin('banner')}=nowhere.json`).stderr, /'nowhere.json'/);
  assert.match(build(root, '--plugin', `${plugin('banner')}={x`).stderr, /has options that are no JSON/);
});

test('build_time: a component imports a module that only the plugin has', (t) => {
  const loader = site['src/components/Card.astro'].replace('"hello"', 'config.name');
  const root = makeProject(t, {
    ...site,
    'src/components/Card.astro': loader.replace('---\n', "---\nimport { config } from 'virtual:build';\n"),
  });
  assert.match(build(root).stderr, /FL5001|^$/);
  const { status, stderr } = build(root, '--plugin', plugin('build_time'));
  assert.equal(status, 0, stderr);
  assert.match(output(root, `${page}.foreload.ts`), /virtual/);
});

test('the example in Rust', (t) => {
  if (spawnSync('cargo', ['--version']).error) return t.skip('there is no cargo');
  const root = makeProject(t, { ...site, [page]: `${site[page]}<h1>hello</h1>\n` });
  cpSync(join(repository, 'docs/examples/plugins/rust'), join(root, 'shout'), { recursive: true });
  const cargo = run('cargo', ['build', '--release', '--offline', '--quiet'], { cwd: join(root, 'shout') });
  assert.equal(cargo.status, 0, cargo.stderr);
  const library = join(root, 'shout/target/release/libforeload_shout.so');
  assert.equal(build(root, '--plugin', library).status, 0);
  assert.match(output(root, page), /<h1>HELLO<\/h1>/);
  const checked = run(join(plugins, 'foreload-check-plugin'), [library, '', '/site/x.astro', '<h1>hello</h1>']);
  assert.equal(checked.status, 0, checked.stdout);
});

test('several plugins run in the order in which they are given', (t) => {
  const root = makeProject(t, site);
  const banner = (text) => ['--plugin', `${plugin('banner')}={"text": "${text}"}`];
  assert.equal(build(root, ...banner('one'), ...banner('two')).status, 0);
  assert.match(output(root, page), /\n\/\/ two\n\/\/ one\n/);
});

test('the host conforms: the probe finds nothing wrong, with components that lift, and with one that cannot be parsed', (t) => {
  const root = makeProject(t, { ...site, 'src/components/Wrong.astro': '---\nconst = ;\n---\n' });
  const { stderr } = build(root, '--plugin', plugin('foreload-probe'));
  assert.doesNotMatch(stderr, /not so/);
  const [, checks, transforms] = /info\[FL6001\]: plugin 'probe': (\d+) checks in (\d+) transforms/.exec(stderr) ?? [];
  assert.equal(transforms, '3', stderr);
  assert.ok(Number(checks) > 100, stderr);
});

test('the host conforms with both of its own plugins at work', (t) => {
  const root = makeProject(t, { ...site, 'compose.json': '{ "context_vars": { "name": "Apollo" } }', 'src/notes.md': 'For {name}\n' });
  const { stderr } = build(root, '--plugin', plugin('foreload-probe'), '--compose', join(root, 'compose.json'), '--stats');
  assert.doesNotMatch(stderr, /not so/);
  assert.match(stderr, /info\[FL6001\]: plugin 'probe': \d+ checks in 2 transforms/);
  for (const own of ['lift', 'compose']) assert.match(stderr, new RegExp(`^foreload:${own} transform +\\d+\\.\\d\\d ms`, 'm'));
  assert.equal(output(root, 'src/notes.md'), 'For Apollo\n');
});

test('what each plugin took is in the statistics, and in the trace', (t) => {
  const root = makeProject(t, site);
  const trace = join(root, 'trace.json');
  const { stderr } = build(root, '--plugin', plugin('foreload-probe'), '--stats', '--trace', trace);
  assert.match(stderr, /^foreload:lift transform +\d+\.\d\d ms in 2 calls/m);
  assert.match(stderr, /^probe transform +\d+\.\d\d ms in 2 calls, longest \d+\.\d\d ms, 0 filtered$/m);
  const names = JSON.parse(readFileSync(trace, 'utf8')).traceEvents.map(({ name }) => name);
  for (const hook of ['buildStart', 'transform', 'moduleParsed', 'buildEnd', 'generate'])
    assert.ok(names.includes(`probe ${hook}`), hook);
});

// What a plugin does: what is said of it. The text stays as it was.
const refusals = {
  'null code': [/FL6002\]: plugin 'nonsense': code is NULL/],
  'huge code': [/FL6002\]: plugin 'nonsense': code has an impossible size/],
  'latin code': [/FL6002\]: plugin 'nonsense': code is not valid UTF-8/],
  'no map': [/FL6003\]: plugin 'nonsense': its source map cannot be read: it is no JSON/],
  'map into nowhere': [/FL6003\]: .* the mappings make no sense at byte 0/],
  'map without data': [/FL6002\]: plugin 'nonsense': map has a size and no data/],
  'unknown status': [/FL6002\]: plugin 'nonsense': a hook returned 7, which is no fl_hook_status/],
  fail: [/FL6004\]: plugin 'nonsense': a hook failed, and does not say why/],
  'fail with words': [/FL6001\]: plugin 'nonsense': a message/],
  'unknown severity': [/FL6002\]: .* a report's severity is 9, which is no fl_severity/],
  'latin report': [/FL6002\]: .* a report's hint is not valid UTF-8/],
  'report without a size': [/FL6002\]: .* a report is NULL or has no size/],
  'no report': [/FL6002\]: .* a report is NULL or has no size/],
  'emit outside': [/FL6005\]: plugin 'nonsense': it emitted the file '\/outside.js'/],
  'emit relative': [/FL6005\]: .* it emitted the file 'x.js'/],
  'emit upwards': [/FL6005\]: .* it emitted the file '\S+\/\.\.\/x.js'/],
  'emit with a broken map': [/FL6003\]: .* it is no JSON object/],
  'empty id': [/FL6002\]: .* the resolved id is empty/],
  'latin id': [/FL6002\]: .* the resolved id is not valid UTF-8/],
};
for (const [what, [message]] of Object.entries(refusals))
  test(`a plugin is named and refused: ${what}`, (t) => {
    const root = makeProject(t, site);
    build(root);
    const before = output(root, page);
    const { status, stderr } = build(root, '--plugin', `${plugin('nonsense')}={"do": "${what}"}`);
    assert.equal(status, 1);
    assert.match(stderr, message);
    assert.equal(output(root, page), before);
  });

// What a host can only find out when it reads the whole map, or the report, is left to it.
for (const what of ['null code', 'latin code', 'no map', 'map without data', 'unknown status', 'fail', 'unknown severity', 'latin report', 'empty id', 'latin id'])
  test(`the kit tells the author: ${what}`, () => {
    const { status, stdout } = run(join(plugins, 'foreload-check-plugin'), [plugin('nonsense'), `{"do": "${what}"}`]);
    assert.equal(status, 1);
    const [hook] = what.endsWith('id') ? ['resolve_id'] : ['transform'];
    assert.match(stdout, new RegExp(`^not so: ${hook}: `, 'm'));
    assert.ok(stdout.split('\n').length < 6, stdout); // each once
  });

test('a place in the text that a plugin was given is shown in the file', (t) => {
  const marked = `${site[page].replace(/^---\n/, '---\nimport { getLoaderData } from "foreload/runtime";\nexport const loader = async () => 1;\nconst ü = await getLoaderData<typeof loader>(); // @\n')}`;
  const root = makeProject(t, { ...site, [page]: marked });
  const { stderr } = build(root, '--plugin', `${plugin('nonsense')}={"do": "report a place"}`);
  assert.match(output(root, page), /getLoaderData<typeof loader>\("file:/);
  assert.match(stderr, /info\[FL6001\]: plugin 'nonsense': a message\n  --> \S+:4:52\n/);
  assert.match(stderr, / 4 \| const ü = await getLoaderData/);
});

test('a dependency that is no text is refused; an empty one is none', (t) => {
  const root = makeProject(t, site);
  const { status, stderr } = build(root, '--plugin', `${plugin('nonsense')}={"do": "broken dependency"}`);
  assert.equal(status, 1);
  assert.match(stderr, /dependency has a size and no data/);
});

test('what was refused is freed all the same', (t) => {
  const root = makeProject(t, site);
  const { stderr } = build(root, '--plugin', `${plugin('nonsense')}={"do": "leak"}`);
  assert.match(stderr, /FL6001/);
  assert.match(stderr, /error\[FL6001\]/, 'at the second component the first text was freed');
});

const faults = {
  newer: /wants version 2 of the interface, and foreload has 1: update foreload/,
  ancient: /was made for version 0 of the interface, and foreload wants at least 1/,
  refuses: /refuses version 1 of the interface: this host is too old/,
  nameless: /has no name/,
  small: /has a table of 16 bytes, which is too small/,
  unknown_enforce: /has `enforce` 3, which is no fl_order/,
  unknown_apply: /has `apply` -1, which is no fl_apply/,
  unknown_order: /has the order 17 of transform, which is no fl_order/,
  broken_filter: /has a filter of transform with a count and no texts/,
};
for (const [fault, message] of Object.entries(faults))
  test(`a plugin does not load: ${fault}`, (t) => {
    const { status, stderr } = build(makeProject(t, site), '--plugin', plugin(`nonsense_${fault}`));
    assert.equal(status, 2);
    assert.match(stderr, message);
    assert.ok(stderr.includes(plugin(`nonsense_${fault}`)), 'it is named');
  });

test('what is no plugin does not load', (t) => {
  const root = makeProject(t, { ...site, 'text.so': 'text' });
  assert.match(build(root, '--plugin', join(root, 'nowhere.so')).stderr, /nowhere.so' cannot be loaded: /);
  assert.match(build(root, '--plugin', join(root, 'text.so')).stderr, /text.so' cannot be loaded: /);
  const library = join(plugins, '../libforeload.so');
  assert.match(build(root, '--plugin', library).stderr, /has no function foreload_plugin/);
});
