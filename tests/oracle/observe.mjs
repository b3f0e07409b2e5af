// Builds groups of pages into one Astro site, with lifting off and on, and asks each page for what its model says.
import { AsyncLocalStorage } from 'node:async_hooks';
import { execFile } from 'node:child_process';
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { makeSite, repository } from '../e2e/harness.mjs';
import { withClocks } from './clock.mjs';
import { pagePath, printGroup } from './print.mjs';

const storage = new AsyncLocalStorage();
globalThis[Symbol.for('foreload.oracle')] = storage; // where site/src/lib/work.js looks for it

const AT_A_TIME = 64;
const MODES = ['off', 'on'];

/** By page and request, what was seen with lifting off and on; and what foreload says of each file. */
export async function observe(groups) {
  const site = makeSite({ folder: 'oracle' });
  site.remove('src');
  cpSync(join(repository, 'tests/oracle/site'), site.root, { recursive: true });
  for (const group of groups) site.write(printGroup(group));
  const asked = groups.flatMap((group) => group.pages.flatMap((page) => page.requests.map((request) => ({ group, page, request }))));
  for (const mode of MODES) {
    await site.build({ outDir: `dist-${mode}`, env: { FORELOAD_LIFT: mode } });
    const { app } = await import(pathToFileURL(join(site.root, `dist-${mode}/server/entry.mjs`)).href);
    const seen = await withClocks(asked, AT_A_TIME, ({ group, page, request }, clock) => ask(app, pagePath(group, page, request), clock));
    asked.forEach((entry, i) => (entry[mode] = seen[i]));
  }
  const explained = await explain(site.root);
  site.remove('.');
  return { asked, explained };
}

async function ask(app, path, clock) {
  const log = { runs: [], effects: [] };
  return storage.run({ clock, log }, async () => {
    const response = await app.render(new Request(`http://localhost${path}`), { addCookieHeader: true });
    let body = '';
    let aborted;
    try {
      const decoder = new TextDecoder();
      for await (const chunk of response.body ?? []) body += decoder.decode(chunk, { stream: true });
    } catch (error) {
      aborted = error;
    }
    const headers = [...response.headers].sort(([a], [b]) => (a < b ? -1 : 1));
    const end = clock.now;
    while (clock.waits) await clock.next(); // what nobody waits for, such as what goes into a slot that is not there
    return { status: response.status, headers, body, aborted, end, ...log };
  });
}

/** foreload's own report: file → tree of verdicts. */
async function explain(root) {
  const command = join(process.env.FORELOAD_BUILD ?? join(repository, 'build/release'), 'foreload');
  const args = ['explain', 'src', '--root', '.', '--json'];
  // Exit code 1: there are errors in the project. The report is as good.
  const { stdout } = await promisify(execFile)(command, args, { cwd: root, maxBuffer: 1 << 30 }).catch((error) => {
    if (error.code !== 1 || !error.stdout) throw error;
    return error;
  });
  return new Map(JSON.parse(stdout).map(({ file, ...rest }) => [file, rest]));
}
