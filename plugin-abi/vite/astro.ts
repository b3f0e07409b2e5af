// foreload/astro: the integration.
import type { AstroIntegration } from 'astro';
import { createHost } from '../node/index.js';
import type { Options } from './options.js';
import { createPlugins } from './plugin.js';

export type { Options, TimeoutOptions, TraceOptions } from './options.js';

export default function foreloadAstro(options: Options = {}): AstroIntegration {
  const routes: Record<string, string> = {};
  const plugins = createPlugins(options, createHost, routes);
  return {
    name: 'foreload',
    hooks: {
      'astro:config:setup': ({ addMiddleware, updateConfig }) => {
        updateConfig({ vite: { plugins } });
        // Last: loaders run while the page renders, and only what stands behind a middleware that rewrites with
        // next('/other') sees the params of the page that is rendered in the end.
        addMiddleware({ entrypoint: 'foreload/middleware', order: 'post' });
      },
      'astro:routes:resolved': ({ routes: resolved }) => {
        for (const { pattern, entrypoint } of resolved) routes[pattern] = '/' + entrypoint;
      },
    },
  };
}
