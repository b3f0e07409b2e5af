import { defineMiddleware, sequence } from 'astro:middleware';
import { onRequest as scope } from 'foreload/middleware';

const rewrites = defineMiddleware(({ url }, next) => {
  const to = url.searchParams.get('next');
  return to ? next('/' + to) : next();
});

// The scope stands in the chain twice, here by hand and once more from the integration.
export const onRequest = sequence(scope, rewrites);
