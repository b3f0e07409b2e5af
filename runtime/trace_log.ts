// Writes each request's trace as a line of a file. Apart from trace.ts, for runtimes without files.
import { createWriteStream } from 'node:fs';
import { traces, type RequestTrace } from './trace.js';

const shared = globalThis as { [key: symbol]: ((trace: RequestTrace) => void) | undefined };
const LISTENER = Symbol.for('foreload.trace.log');

/** Appends to \p file, in place of the one that was written to before; to none, if it is null. */
export function logTraces(file: string | null): void {
  const before = shared[LISTENER];
  if (before) traces.off('request', before);
  shared[LISTENER] = undefined;
  if (file === null) return;
  const log = createWriteStream(file, { flags: 'a' });
  // A log that cannot be written is no reason to fail requests.
  log.on('error', ({ message }) => {
    console.error(`[foreload] option trace: traces cannot be written to ${file}: ${message}`);
    traces.off('request', listener);
  });
  const listener = (trace: RequestTrace): void => void log.write(JSON.stringify(trace) + '\n');
  traces.on('request', (shared[LISTENER] = listener));
}
