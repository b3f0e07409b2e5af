// The same for Bun's scanner, run by Bun.
import { readFileSync } from 'node:fs';

const transpiler = new Bun.Transpiler({ loader: 'tsx' });
const texts = readFileSync(process.argv[2], 'utf8').trim().split('\n').map((path) => readFileSync(path, 'utf8'));
for await (const _ of console) {
  const begin = Bun.nanoseconds();
  let sum = 0;
  for (const text of texts) sum += transpiler.scanImports(text).length;
  console.log(String(Math.round(Bun.nanoseconds() - begin)));
}
