// The dev server's side of the toolbar app: keeps the trace of each page's last request, and draws it when a browser that
// shows the page asks. Nothing is put into pages, and nothing of this is in a build.
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { readFile } from 'node:fs/promises';
import type { Plugin, ResolvedConfig } from 'vite';
import type { RequestTrace } from '../../runtime/trace_format.js';
import type { ForeloadApi } from './plugin.js';

const CHANNEL = 'foreload:request';
/** Pages are asked for under many URLs, by browsers and by others. */
const LIMIT = 200;
const CODES = '/__foreload/diagnostics/';
const DIAGNOSTICS = new URL('../../docs/diagnostics.md', import.meta.url);

export function toolbarServer({ waterfall }: ForeloadApi): Plugin {
  // Vite starts a server again with the same plugins, and the new one before the old one is closed.
  const stops = new Map<ResolvedConfig, () => void>();
  return {
    name: 'foreload:toolbar',
    apply: 'serve',

    configureServer(server) {
      const traces = new Map<string, string>();
      const listener = (message: unknown): void => {
        const { request } = message as { request: RequestTrace };
        traces.delete(request.url); // to the end
        traces.set(request.url, JSON.stringify(request));
        if (traces.size > LIMIT) traces.delete(traces.keys().next().value!);
        server.ws.send('foreload:traced', { url: request.url });
      };
      subscribe(CHANNEL, listener);
      stops.set(server.config, () => unsubscribe(CHANNEL, listener));

      const base = server.config.base.replace(/\/$/, '');
      const links = {
        source: `${base}/__open-in-editor?file={path}:{line}:{column}`,
        code: `${base}${CODES}{code}`,
      };
      server.ws.on('foreload:show', async (data: unknown, client) => {
        const url = String((data as { url?: unknown } | null)?.url);
        const trace = traces.get(url);
        let html = '';
        try {
          if (trace) html = await waterfall(trace, links);
        } catch (error) {
          server.config.logger.error(`[foreload] the loaders of ${url} cannot be drawn: ${(error as Error)?.message ?? error}`);
        }
        client.send('foreload:waterfall', { url, html });
      });

      server.middlewares.use(async (request, response, next) => {
        const code = request.url?.startsWith(CODES) && request.url.slice(CODES.length);
        const text = code && (await explanation(code).catch(() => undefined));
        if (!text) return next();
        response.setHeader('Content-Type', 'text/plain; charset=utf-8');
        response.end(text);
      });
    },

    closeBundle() {
      const config = this.environment.getTopLevelConfig();
      stops.get(config)?.();
      stops.delete(config);
    },
  };
}

/** The section of docs/diagnostics.md on a code. */
async function explanation(code: string): Promise<string | undefined> {
  const sections = (await readFile(DIAGNOSTICS, 'utf8')).split(/^(?=##)/m);
  return sections.find((section) => section.startsWith(`### ${code}\n`))?.replace(/^<!--.*-->\n/gm, '');
}
