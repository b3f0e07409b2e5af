// The examples of the documentation: fenced blocks and tables, each named by a comment on the line above it,
// `<!-- test: file src/a.astro -->`. Readers do not see the comments.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { repository } from '../native.mjs';

export const read = (path) => readFileSync(join(repository, path), 'utf8');

/**
 * Every fenced block and every table of a document, in order: `{ name, language, text, line }`. The name is what the
 * comment above says, undefined if there is none; a table's language is 'table'.
 */
export function examples(path) {
  const found = [];
  const lines = read(path).split('\n');
  for (let at = 0; at < lines.length; ++at) {
    const fence = /^(`{3,})(\w*)$/.exec(lines[at]);
    const table = lines[at].startsWith('| ');
    if (!fence && !table) continue;
    const start = at;
    const ends = fence ? (line) => line === fence[1] : (line) => !line.startsWith('|');
    do ++at;
    while (at < lines.length && !ends(lines[at]));
    if (fence && at === lines.length) throw new Error(`${path}:${start + 1}: the block does not end`);
    found.push({
      name: /^<!-- (.+) -->$/.exec(lines[start - 1] ?? '')?.[1],
      language: fence ? fence[2] : 'table',
      text: lines.slice(fence ? start + 1 : start, at).join('\n') + '\n',
      line: start + 1,
    });
  }
  return found;
}

/** The rows of a table below its head, as lists of cells without their backquotes. */
export const rows = (table) =>
  table.trimEnd().split('\n').slice(2).map((row) => row.slice(1, -1).split('|').map((cell) => cell.trim().replaceAll('`', '')));
