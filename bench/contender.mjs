import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

/** A process that answers each line, a task and a number of passes, with the nanoseconds of the processor that a pass took. */
export function contender(command, args) {
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    async measure(task, passes) {
      child.stdin.write(`${task} ${passes}\n`);
      const { value, done } = await lines.next();
      if (done) throw new Error(`${command} ended`);
      return Number(value);
    },
    close: () => child.stdin.end(),
  };
}
