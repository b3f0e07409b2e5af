// foreload/vite: lifting in any Vite build. With Astro, use foreload/astro, which adds the middleware as well.
import type { Plugin } from 'vite';
import { createHost } from '../node/index.js';
import type { Options } from './options.js';
import { createPlugins } from './plugin.js';

export type { Options, TimeoutOptions, TraceOptions } from './options.js';

export default function foreload(options: Options = {}): Plugin[] {
  return createPlugins(options, createHost);
}
