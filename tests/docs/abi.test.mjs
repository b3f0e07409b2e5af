// The answer that docs/abi.md shows is one that is given.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { command, makeProject } from '../native.mjs';
import { examples } from './examples.mjs';

test('the explanation is that of its page', (t) => {
  const root = makeProject(t, {
    'package.json': '{}',
    'src/pages/index.astro': "---\nimport Card from '../components/Card.astro';\n---\n{Astro.url.search && <Card />}\n",
    'src/components/Card.astro': `---
import { getLoaderData } from 'foreload/runtime';
export const loader = async () => 1;
const card = await getLoaderData<typeof loader>();
---
{card}
`,
  });
  const { status, stdout } = spawnSync(command, ['explain', join(root, 'src/pages/index.astro'), '--json'], { encoding: 'utf8' });
  assert.equal(status, 0);
  const { diagnostics, ...explanation } = JSON.parse(stdout);
  const [{ text }] = examples('docs/abi.md').filter(({ name }) => name === 'test: explain');
  assert.deepEqual(explanation, JSON.parse(text));
});
