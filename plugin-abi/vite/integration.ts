// The Astro integration over any set of Vite plugins.
import type { AstroIntegration } from 'astro';
import type { Plugin } from 'vite';

export function createIntegration(plugins: Plugin[]): AstroIntegration {
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
