// What the demo and the page benchmark share: the three servers' set-up and the timing of one request.
import { Agent, get } from 'node:http';
import { makeSite } from '../../tests/e2e/harness.mjs';
import { pages } from '../../fixtures/sites/demo/pages.mjs';

/**
 * Builds the demo site without and with lifting and serves both; \p say hears what goes on. The one with lifting adds what
 * its loaders do to the file \p trace. \p env is the servers' environment.
 */
export async function serveDemo(say, { trace = '', env } = {}) {
  const site = makeSite({ from: 'demo' });
  const servers = {};
  for (const lift of ['off', 'on']) {
    say(`building the demo site, lifting ${lift}`);
    const outDir = `dist-${lift}`;
    await site.build({ outDir, env: { FORELOAD_LIFT: lift, DEMO_TRACE: lift === 'on' ? trace : '' } });
    servers[lift] = await site.preview({ outDir, env });
    servers[lift].buildRecord = JSON.parse(site.read(`${outDir}/work.json`));
  }
  return servers;
}

export class NoSuchPage extends Error {}

/** The pages at \p paths, or all. */
export function choosePages(paths) {
  for (const path of paths) {
    if (!pages.some((page) => page.path === path)) {
      throw new NoSuchPage(`the demo has no page ${path}; it has ${pages.map((page) => page.path).join(' ')}`);
    }
  }
  return paths.length ? pages.filter((page) => paths.includes(page.path)) : pages;
}

const agent = new Agent({ keepAlive: true });

/** Milliseconds from the request to the first byte of the body and to the end of it. */
export function time(server, path) {
  return new Promise((resolve, reject) => {
    const start = performance.now();
    const request = get(server.origin + path, { agent }, (response) => {
      let ttfb;
      response.on('data', () => (ttfb ??= performance.now() - start));
      response.on('error', reject);
      response.on('end', () => {
        const total = performance.now() - start;
        if (response.statusCode >= 400) reject(new Error(`${path} answered ${response.statusCode}\n${server.output}`));
        else resolve({ ttfb: ttfb ?? total, total });
      });
    });
    request.on('error', reject);
  });
}

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
