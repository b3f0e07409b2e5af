// What speculation has cost since the process began.

export interface SpeculationCount {
  started: number;
  /** Of those, what nobody asked for. */
  wasted: number;
}

export interface Speculation extends SpeculationCount {
  /** By the loader's key; what only another loader asked for is here by its function's name. */
  loaders: Record<string, SpeculationCount>;
}

// Shared by every copy of this module, as the storage is.
const shared = globalThis as { [key: symbol]: Speculation | undefined };
export const total = (shared[Symbol.for('foreload.speculation')] ??= { started: 0, wasted: 0, loaders: {} });

/** What the requests of this process that have ended started on speculation. */
export const speculation = (): Speculation => structuredClone(total);
