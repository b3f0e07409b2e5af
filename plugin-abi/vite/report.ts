// Shows diagnostics on the terminal. A build transforms a component once per environment, and each component that lifts
// from a child hears of the child's problems: the same words are said once.
import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import type { Logger } from 'vite';
import type { Diagnostic } from '../node/index.js';

export class Reporter {
  readonly #logger: Logger;
  readonly #root: string;
  /** By file, so that a file's problems can be said again after it was edited. */
  readonly #said = new Map<string, Set<string>>();

  constructor(logger: Logger, root: string) {
    this.#logger = logger;
    this.#root = root;
  }

  /** `sources`: texts that may differ from what is on disk. Hints of severity info are for `foreload explain`. */
  report(diagnostics: Diagnostic[], sources: ReadonlyMap<string, { source: string }>): void {
    for (const diagnostic of diagnostics) {
      const { file, severity } = diagnostic;
      if (severity === 'info' && !process.env.FORELOAD_DEBUG) continue;
      const text = this.#render(diagnostic, sources.get(file)?.source);
      let said = this.#said.get(file);
      if (!said) this.#said.set(file, (said = new Set()));
      if (said.has(text)) continue;
      said.add(text);
      this.#logger[severity === 'warning' ? 'warn' : severity](text, { timestamp: true });
    }
  }

  forget(file: string): void {
    this.#said.delete(file);
  }

  #render({ code, file, range, message, hint, related }: Diagnostic, source: string | undefined): string {
    const lines = [`[foreload] ${this.#place(file, range)} ${code}: ${message}`, ...frame(source ?? read(file), range)];
    for (const place of related) lines.push(`  ${this.#place(place.file, place.range)} ${place.message}`);
    if (hint) lines.push(`  hint: ${hint}`);
    return lines.join('\n');
  }

  #place(file: string, { start }: Diagnostic['range']): string {
    const path = relative(this.#root, file);
    return `${path.startsWith('..') ? file : path}:${start.line}:${start.column}`;
  }
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

/** The line that a range begins on, with the range underlined. */
function frame(source: string, { start, end }: Diagnostic['range']): string[] {
  const line = source.split(/\r\n|\n/)[start.line - 1];
  if (!line?.trim()) return [];
  const gutter = `  ${start.line} | `;
  const last = end.line === start.line ? end.column : line.length + 1;
  // Tabs stay tabs, so that the marks stand below what they mark.
  const before = line.slice(0, start.column - 1).replace(/[^\t]/g, ' ');
  return [gutter + line, ' '.repeat(gutter.length - 2) + '| ' + before + '^'.repeat(Math.max(1, last - start.column))];
}
