// foreload/astro: the integration.
import type { AstroIntegration } from 'astro';
import foreload, { type Options } from './index.js';

export type { Options } from './index.js';

export default function foreloadAstro(options: Options = {}): AstroIntegration {
  const plugins = foreload(options);
  return {
    name: 'foreload',
    hooks: {
      'astro:config:setup': ({ addMiddleware, updateConfig }) => {
        updateConfig({ vite: { plugins } });
        // Last: loaders run while the page renders, and only what stands behind a middleware that rewrites with
        // next('/other') sees the params of the page that is rendered in the end.
        addMiddleware({ entrypoint: 'foreload/middleware', order: 'post' });
      },
    },
  };
}
