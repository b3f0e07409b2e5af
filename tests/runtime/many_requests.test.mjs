// Nothing of a request outlives it, however it ends: loaders that fail, hang, or are still under way; clients that leave.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const script = fileURLToPath(new URL('many_requests.mjs', import.meta.url));

// FORELOAD_REQUESTS=100000 takes a few minutes.
const requests = Number(process.env.FORELOAD_REQUESTS ?? 6_000);
// Compiled code comes and goes; one scope that is kept for each request is several times as much.
const ALLOWED = 1_000_000;

for (const [kind, count] of [['plain', requests], ['extended', requests / 2]])
  test(`the heap does not grow with the number of requests: ${2 * count}, ${kind}`, async (t) => {
    const { stdout } = await promisify(execFile)(process.execPath, ['--expose-gc', script, count, kind]);
    assert.match(stdout, /^-?\d+\n$/);
    t.diagnostic(`${Number(stdout)} bytes in the second half`);
    assert.ok(Number(stdout) < ALLOWED, `${Number(stdout)} bytes in the second half`);
  });
