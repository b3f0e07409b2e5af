// Starts Astro's development server on the site in its first argument, asks it for a page without components, so that
// Astro itself is loaded, and then for one with many. Prints the milliseconds until all of that has come.
import { dev } from 'astro';
import foreload from '../../dist/vite/astro.js';

const server = await dev({
  root: process.argv[2],
  configFile: false,
  output: 'server',
  logLevel: 'error',
  devToolbar: { enabled: false },
  integrations: [foreload({ trace: false })],
  server: { port: 0 },
  vite: { logLevel: 'error' },
});
const get = async (path) => {
  const response = await fetch(`http://localhost:${server.address.port}${path}`);
  if (!response.ok) throw new Error(`${path}: ${response.status}`);
  return response.text();
};
await get('/empty');
const begin = performance.now();
const page = await get('/');
const time = performance.now() - begin;
console.log(JSON.stringify({ time, components: page.split('<section').length - 1 }));
process.exit();
