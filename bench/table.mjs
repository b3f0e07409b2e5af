// docs/benchmarks.md has one section for each benchmark, between markers. A benchmark writes its own and no other.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';

const document = fileURLToPath(new URL('../docs/benchmarks.md', import.meta.url));
const introduction = `# Benchmarks

Each section is written by the command that it names. Times are of one machine on one day: compare within a table.
`;

/** Writes the section of benchmark \p name: its title, and what comes below it. */
export function writeSection(name, title, body) {
  const [begin, end] = [`<!-- bench: ${name} -->`, `<!-- end of bench: ${name} -->`];
  const section = `${begin}\n## ${title}\n\n${body.trim()}\n${end}\n`;
  const text = existsSync(document) ? readFileSync(document, 'utf8') : introduction;
  const from = text.indexOf(begin), to = text.indexOf(`${end}\n`);
  const written = from >= 0 && to > from ? text.slice(0, from) + section + text.slice(to + end.length + 1) : `${text.trimEnd()}\n\n${section}`;
  writeFileSync(document, written);
}

/** A Markdown table. The first column is text, the others are numbers. */
export const table = (head, rows) =>
  [head, head.map((_, at) => (at ? '---:' : '---')), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');

/** What the numbers were measured on. */
export const machine = () => `${cpus().length} × ${cpus()[0]?.model.trim() ?? 'unknown processor'}, Node ${process.versions.node}`;

export function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
