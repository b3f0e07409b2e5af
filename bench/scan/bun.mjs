// The same for Bun's scanner, run by Bun.
import { readFileSync } from 'node:fs';

const transpiler = new Bun.Transpiler({ loader: 'tsx' });
const texts = readFileSync(process.argv[2], 'utf8').trim().split('\n').map((path) => readFileSync(path, 'utf8'));
for await (const line of console) {
  const passes = Number(line.split(' ')[1]);
  const begin = process.cpuUsage();
  let sum = 0;
  for (let pass = 0; pass < passes; ++pass) for (const text of texts) sum += transpiler.scanImports(text).length;
  const { user, system } = process.cpuUsage(begin);
  console.log(String(((user + system) * 1000) / passes));
}
