// foreload/astro: the integration.
import { fileURLToPath } from 'node:url';
import type { AstroIntegration } from 'astro';
import { createHost } from '../node/index.js';
import type { Options } from './options.js';
import { composingProcessor } from './compose.js';
import { createPlugins, type ForeloadApi } from './plugin.js';
import { toolbarServer } from './toolbar_server.js';

export type { Options, TimeoutOptions, TraceOptions } from './options.js';

const ICON =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><g fill="currentColor"><rect x="1" y="2" width="11" height="3" rx="1.5"/>' +
  '<rect x="1" y="6.5" width="14" height="3" rx="1.5"/><rect x="1" y="11" width="8" height="3" rx="1.5"/></g></svg>';

export default function foreloadAstro(options: Options = {}): AstroIntegration {
  const routes: Record<string, string> = {};
  const plugins = createPlugins(options, createHost, routes);
  return {
    name: 'foreload',
    hooks: {
      'astro:config:setup': ({ addDevToolbarApp, addMiddleware, command, updateConfig }) => {
        updateConfig({ vite: { plugins } });
        // Last: loaders run while the page renders, and only what stands behind a middleware that rewrites with
        // next('/other') sees the params of the page that is rendered in the end.
        addMiddleware({ entrypoint: 'foreload/middleware', order: 'post' });
        if (command !== 'dev' || options.trace === false) return;
        updateConfig({ vite: { plugins: [toolbarServer(plugins[0]!.api as ForeloadApi)] } });
        addDevToolbarApp({
          id: 'foreload',
          name: 'Loaders',
          icon: ICON,
          entrypoint: fileURLToPath(new URL('./toolbar.js', import.meta.url)),
        });
      },
      'astro:config:done': ({ config, logger }) => {
        const { compose } = plugins[0]!.api as ForeloadApi;
        if (!compose) return;
        // Here, because any integration may have set another one until now.
        const { markdown } = config;
        if (markdown.processor) markdown.processor = composingProcessor(markdown.processor, compose);
        else logger.warn("Astro before 7 renders Markdown by itself: the option compose is for imports with ?raw only");
      },
      'astro:routes:resolved': ({ routes: resolved }) => {
        for (const { pattern, entrypoint } of resolved) routes[pattern] = '/' + entrypoint;
      },
    },
  };
}
