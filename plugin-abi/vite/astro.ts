// foreload/astro: the integration.
import type { AstroIntegration } from 'astro';
import foreload, { type Options } from './index.js';
import { createIntegration } from './integration.js';

export type { Options } from './options.js';

export default function foreloadAstro(options: Options = {}): AstroIntegration {
  return createIntegration(foreload(options));
}
