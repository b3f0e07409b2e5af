// Transforms every .astro file below a folder with Astro's own compiler: `node compile_astro.mjs DIR`.
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { transform } from '@astrojs/compiler-rs';

const folder = process.argv[2];
let size = 0;
for (const name of readdirSync(folder, { recursive: true })) {
  if (!name.endsWith('.astro')) continue;
  const filename = join(folder, name);
  const { code } = await transform(readFileSync(filename, 'utf8'), { filename });
  size += code.length;
}
console.log(`${size} characters`);
