// `foreload build --remote-cache`: machines share results over nginx with WebDAV; and servers that are slow, broken or lie
// cost time and a warning, and nothing else.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createServer as createPlainServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { command, makeProject, repository, site } from '../native.mjs';

const project = {
  ...site,
  '.git/HEAD': 'ref: refs/heads/main\n',
  'tsconfig.json': '{ "compilerOptions": { "paths": { "@/*": ["./src/*"] } } }\n',
  'node_modules/pkg/package.json': '{ "name": "pkg", "exports": { ".": "./index.js" } }\n',
  'node_modules/pkg/index.js': 'export const get = async () => 1;\n',
  'src/lib/api.ts': "import { get } from 'pkg';\nexport const load = async (what: string) => [what, get];\n",
  'src/components/Card.astro': site['src/components/Card.astro'].replace('async () => ({ text: "hello" })', "async () => load('text')").replace('---\n', "---\nimport { load } from '../lib/api';\n"),
  'src/pages/index.astro': "---\nimport Card from '@/components/Card.astro';\nimport Other from './Other.astro';\n---\n<main><Card /><Other /></main>\n",
};

/** The files below a folder, by path. */
function tree(folder) {
  if (!existsSync(folder)) return {};
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return Object.fromEntries(files.map((entry) => join(entry.parentPath ?? entry.path, entry.name)).sort().map((path) => [path.slice(folder.length), readFileSync(path, 'utf8')]));
}

/** Runs the command; this process may be the server that it talks to. */
function run(args, env = {}) {
  return new Promise((done, fail) => {
    const clean = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/_proxy$/i.test(name)));
    const child = spawn(command, ['build', ...args], { env: { ...clean, NO_COLOR: '1', ...env } });
    const result = { stdout: '', stderr: '' };
    for (const stream of ['stdout', 'stderr']) child[stream].setEncoding('utf8').on('data', (text) => { result[stream] += text; });
    child.on('error', fail);
    child.on('close', (status) => done({ ...result, status }));
  });
}

const shared = 'the result is from the remote cache';

/**
 * Builds a project with a remote cache, and fails unless it comes to what a build without it comes to.
 * Returns the warning about the cache, or where the result is from.
 */
async function build(root, url, options = [], env = {}) {
  const out = join(root, 'out');
  const { status, stdout, stderr } = await run([root, '--out', out, '--stats', '--remote-cache', url, '--remote-cache-timeout', '2', ...options], env);
  const fresh = await run([root, '--out', `${root}-fresh`, '--no-cache']);
  try {
    assert.equal(status, fresh.status, stderr);
    assert.equal(stdout.replaceAll(out, 'OUT'), fresh.stdout.replaceAll(`${root}-fresh`, 'OUT'));
    assert.deepEqual(tree(out), tree(`${root}-fresh`));
    const said = (text) => [...text.matchAll(/^.*\bFL\d{4}\b.*$/gm)].map(([line]) => line).filter((line) => !line.includes('FL9005'));
    assert.deepEqual(said(stderr), said(fresh.stderr));
  } finally {
    rmSync(`${root}-fresh`, { recursive: true, force: true });
  }
  return /the remote cache was not used: .*/.exec(stderr)?.[0] ?? (stderr.includes(shared) ? shared : 'built');
}

const freePort = () =>
  new Promise((done) => {
    const probe = createPlainServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address();
      probe.close(() => done(port));
    });
  });

/** An nginx with WebDAV: one that is installed, or what scripts/setup.sh has unpacked; undefined if there is none that runs. */
const nginx = ['nginx', '/usr/sbin/nginx', join(repository, 'build/nginx/usr/sbin/nginx')].find((program) =>
  spawnSync(program, ['-V'], { encoding: 'utf8' }).stderr?.includes('http_dav_module'),
);
const skip = !nginx && 'there is no nginx with WebDAV (Debian: nginx-light)';

/** An nginx that stores what is put to it. Returns its URL, and the folder. */
async function startNginx(t, more = '') {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'foreload-nginx-')));
  const port = await freePort();
  mkdirSync(join(folder, 'store'));
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${folder}/${name};`).join(' ');
  writeFileSync(join(folder, 'users'), 'ci:{PLAIN}secret\n');
  writeFileSync(
    join(folder, 'nginx.conf'),
    `${process.getuid() === 0 ? 'user root;' : ''} daemon off; pid ${folder}/pid; error_log ${folder}/error.log; worker_processes 1; events {}
     http { access_log ${folder}/access.log; ${temporary} server { listen 127.0.0.1:${port}; root ${folder}/store; client_max_body_size 1g;
     location / { dav_methods PUT; create_full_put_path on; ${more.replaceAll('USERS', `${folder}/users`)} } } }\n`,
  );
  const child = spawn(nginx, ['-c', join(folder, 'nginx.conf'), '-e', join(folder, 'error.log')], { stdio: 'ignore' });
  const ended = new Promise((done) => child.on('close', done));
  t.after(async () => {
    child.kill('SIGTERM');
    await ended;
    rmSync(folder, { recursive: true, force: true });
  });
  for (let turn = 0; turn < 200; turn++) {
    if (await fetch(`http://127.0.0.1:${port}/`).then(() => true, () => false)) break;
    await sleep(20);
  }
  return { port, url: `http://127.0.0.1:${port}`, store: join(folder, 'store'), log: () => readFileSync(join(folder, 'access.log'), 'utf8') };
}

test('machines share results over nginx', { skip }, async (t) => {
  const { url, store } = await startNginx(t);
  assert.equal(await build(makeProject(t, project), url), 'built');
  assert.match(readdirSync(join(store, 'ac'))[0], /^[0-9a-f]{64}$/);
  for (const name of readdirSync(join(store, 'cas')))
    assert.equal(createHash('sha256').update(readFileSync(join(store, 'cas', name))).digest('hex'), name);

  const second = makeProject(t, project);
  assert.equal(await build(second, url), shared);
  const again = await run([second, '--out', join(second, 'out'), '--stats', '--remote-cache', url]);
  assert.match(again.stderr, /nothing has changed since the last build/);

  // Anything that a build has seen makes it another one.
  for (const [path, text] of [
    ['src/components/Card.astro', `${project['src/components/Card.astro']}<p>more</p>\n`],
    ['src/lib/api.ts', "import { loader } from '../components/Card.astro';\nexport const load = async () => loader;\n"],
    ['tsconfig.json', '{ "compilerOptions": { "paths": { "@/*": ["./elsewhere/*"] } } }\n'],
    ['node_modules/pkg/index.js', 'export let get = 1;\n'],
    ['src/pages/Other.astro', '<p>there</p>\n'],
    ['src/pages/Other.ts', 'export default 1;\n'],
  ])
    assert.equal(await build(makeProject(t, { ...project, [path]: text }), url), 'built', path);
  assert.equal(await build(makeProject(t, { ...project, '.env': 'A=1', 'node_modules/.package-lock.json': '{}' }), url), 'built');
  assert.equal(await build(makeProject(t, { ...project, '.git/index': 'other' }), url), shared);
  assert.notEqual(await build(makeProject(t, project), url, ['--auto']).catch(() => 'other'), shared);
});

test('a cache that is read only gets nothing', { skip }, async (t) => {
  const { url, store, log } = await startNginx(t);
  assert.equal(await build(makeProject(t, project), url, ['--remote-cache-read-only']), 'built');
  assert.deepEqual(readdirSync(store), []);
  assert.doesNotMatch(log(), /PUT/);
  assert.equal(await build(makeProject(t, project), url), 'built');
  assert.equal(await build(makeProject(t, project), url, ['--remote-cache-read-only']), shared);
});

test('credentials come in the URL, in a header or from the environment, and are not shown', { skip }, async (t) => {
  const basic = await startNginx(t, 'auth_basic cache; auth_basic_user_file USERS;');
  assert.match(await build(makeProject(t, project), basic.url), /status 401/);
  assert.equal(await build(makeProject(t, project), `http://ci:secret@127.0.0.1:${basic.port}`), 'built');
  assert.equal(await build(makeProject(t, project), `http://ci:secret@127.0.0.1:${basic.port}/`), shared);
  const { stderr } = await run([makeProject(t, project), '--remote-cache', `http://ci:wrong@127.0.0.1:${basic.port}`]);
  assert.match(stderr, /FL9005/);
  assert.doesNotMatch(stderr, /wrong@/);

  const token = await startNginx(t, 'if ($http_authorization != "Bearer t0ken") { return 403; }');
  assert.match(await build(makeProject(t, project), token.url), /status 403/);
  assert.equal(await build(makeProject(t, project), token.url, ['--remote-cache-header', 'Authorization: Bearer t0ken']), 'built');
  assert.equal(await build(makeProject(t, project), token.url, [], { FORELOAD_REMOTE_CACHE_TOKEN: 't0ken' }), shared);
});

/** A server that is asked as a cache is; `answer(request, response, stored)` says what it does, or nothing: what it should. */
async function startServer(t, answer = () => false) {
  const stored = new Map();
  const requests = [];
  const server = createServer((request, response) => {
    const chunks = [];
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('error', () => {});
    response.on('error', () => {});
    request.on('end', () => {
      requests.push(`${request.method} ${request.url}`);
      if (answer(request, response, stored)) return;
      if (request.method === 'PUT') {
        stored.set(request.url, Buffer.concat(chunks));
        response.writeHead(200).end();
      } else if (stored.has(request.url)) response.writeHead(200).end(stored.get(request.url));
      else response.writeHead(404).end('not here');
    });
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  t.after(() => { server.closeAllConnections(); return new Promise((done) => server.close(done)); });
  return { url: `http://127.0.0.1:${server.address().port}`, stored, requests };
}

const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');

test('a server that answers nothing good costs a warning', async (t) => {
  const closed = `http://127.0.0.1:${await freePort()}`;
  assert.match(await build(makeProject(t, project), closed), /not used: /);
  assert.match(await build(makeProject(t, project), 'http://no-such-host.invalid'), /not used: /);
  for (const [what, answer] of Object.entries({
    'status 500': (_, response) => response.writeHead(500).end('no'),
    'status 302': (_, response) => response.writeHead(302, { location: '/elsewhere' }).end(),
    'nothing at all': (_, response) => response.destroy() || true,
    'never': () => true,
    'in drops': (_, response) => {
      response.writeHead(200);
      const timer = setInterval(() => response.write('.'), 50);
      response.on('close', () => clearInterval(timer));
      return true;
    },
    'a page': (_, response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<html>Welcome</html>'),
    'without an end': (_, response) => {
      response.writeHead(200);
      const flood = () => { while (response.write(Buffer.alloc(1 << 16, 1))); };
      response.on('drain', flood);
      flood();
      return true;
    },
  })) {
    const { url, requests } = await startServer(t, answer);
    assert.match(await build(makeProject(t, project), url), /not used: /, what);
    assert.equal(requests.length, 1, `${what}: it is not asked again`);
  }
});

test('a server that takes nothing costs a warning', async (t) => {
  for (const status of [403, 413, 507]) {
    const { url } = await startServer(t, (request, response) => request.method === 'PUT' && response.writeHead(status).end());
    assert.match(await build(makeProject(t, project), url), new RegExp(`status ${status}`));
  }
});

test('a server that lies is not believed', async (t) => {
  const { url, stored } = await startServer(t);
  assert.equal(await build(makeProject(t, project), url), 'built');
  assert.equal(await build(makeProject(t, project), url), shared);
  const good = new Map(stored);
  const action = [...good.keys()].find((path) => path.startsWith('/ac/'));
  const blobs = [...good.keys()].filter((path) => path.startsWith('/cas/'));
  assert.equal(blobs.length, 2);

  /** Puts \p bytes for a blob, under the hash that they have, and into the action. */
  const forge = (blob, bytes) => {
    const text = good.get(action);
    const hash = sha256(bytes);
    const forged = Buffer.from(text.toString('latin1').replace(blob.slice(5), hash), 'latin1');
    assert.equal(bytes.length, good.get(blob).length, 'so that the size need not be forged');
    stored.set(`/cas/${hash}`, bytes).set(action, forged);
  };
  const outputs = blobs.find((path) => good.get(path).includes('manifest.json'));
  const victim = 'src/pages/index.astro';
  assert.ok(good.get(outputs).includes(victim));
  const lies = {
    'other bytes': () => blobs.forEach((path) => stored.set(path, Buffer.alloc(good.get(path).length, 7))),
    'a byte that differs': () => { const bytes = Buffer.from(good.get(outputs)); bytes[bytes.length >> 1] ^= 1; stored.set(outputs, bytes); },
    'too little': () => stored.set(outputs, good.get(outputs).subarray(0, 100)),
    'too much': () => stored.set(outputs, Buffer.concat([good.get(outputs), Buffer.from('more')])),
    'nothing': () => stored.set(outputs, Buffer.alloc(0)),
    'an action with a byte too few': () => stored.set(action, good.get(action).subarray(0, -1)),
    'an action with noise': () => stored.set(action, Buffer.alloc(200, 0xff)),
    'the result of another build': () => {
      const bytes = Buffer.from(good.get(outputs));
      bytes[0] ^= 1; // the key comes first
      forge(outputs, bytes);
    },
    'noise under its own hash': () => forge(outputs, Buffer.concat([good.get(outputs).subarray(0, 32), Buffer.alloc(good.get(outputs).length - 32, 0x7f)])),
    'outputs that lead out of their folder': () => forge(outputs, Buffer.from(good.get(outputs).toString('latin1').replaceAll(victim, '../../stolen-pw.astro'), 'latin1')),
  };
  assert.equal('../../stolen-pw.astro'.length, victim.length);
  for (const [what, tell] of Object.entries(lies)) {
    stored.clear();
    for (const [path, bytes] of good) stored.set(path, bytes);
    tell();
    const root = makeProject(t, project);
    const outcome = await build(root, url);
    assert.match(outcome, /not used: /, what);
    assert.equal(existsSync(join(dirname(dirname(root)), 'stolen-pw.astro')), false);
    assert.equal(existsSync(join(dirname(root), 'stolen-pw.astro')), false);
  }
  // A length that is announced and not kept.
  const liar = await startServer(t, (request, response) => {
    if (request.url !== action && !blobs.includes(request.url)) return false;
    response.writeHead(200, { 'content-length': good.get(request.url).length }).write(good.get(request.url).subarray(0, 10), () => response.destroy());
    return true;
  });
  assert.match(await build(makeProject(t, project), liar.url), /not used: /);
});

test('a blob that the server has lost is built and sent again', async (t) => {
  const { url, stored } = await startServer(t);
  await build(makeProject(t, project), url);
  for (const path of [...stored.keys()]) if (path.startsWith('/cas/')) stored.delete(path);
  assert.equal(await build(makeProject(t, project), url), 'built');
  assert.equal(await build(makeProject(t, project), url), shared);
});

test('what other machines do not have is not shared', async (t) => {
  const { url, stored } = await startServer(t);
  const outside = makeProject(t, { 'package.json': '{}', 'site/package.json': '{}', 'site/.git/HEAD': '', 'site/src/A.astro': '<p />\n' });
  assert.match(await build(join(outside, 'site'), url), /outside of the repository/);
  assert.equal(stored.size, 0);
});
