// Nothing of a request outlives it, however it ends: loaders that fail, hang, or are still under way; clients that leave.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const script = fileURLToPath(new URL('many_requests.mjs', import.meta.url));

// FORELOAD_REQUESTS=100000 takes a minute.
const requests = Number(process.env.FORELOAD_REQUESTS ?? 10_000);

for (const [kind, count] of [['plain', requests], ['extended', requests / 4]])
  test(`the heap does not grow in ${count} requests (${kind})`, async (t) => {
    const { stdout } = await promisify(execFile)(process.execPath, ['--expose-gc', script, count, kind]);
    const grown = Number(stdout) / count;
    t.diagnostic(`${grown.toFixed(1)} bytes a request`);
    assert.ok(stdout.trim() && grown < 100, `${grown} bytes a request`);
  });
