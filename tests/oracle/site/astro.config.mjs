import { defineConfig } from 'astro/config';
import foreload from 'foreload/astro';
import oracle from './adapter.mjs';

export default defineConfig({
  output: 'server',
  session: false,
  adapter: oracle(),
  integrations: [foreload({ lift: process.env.FORELOAD_LIFT !== 'off' })],
  vite: { build: { minify: false } },
});
