// foreload/middleware: opens the scope of a request.
import type { MiddlewareHandler } from 'astro';
import { createScope, hooks, storage } from './registry.js';

// The scope belongs to Astro's context object. The same object again is the same render (this middleware stands in the
// chain twice); another one is another render, with other params: Astro.rewrite() in a page, or an error page.
export const onRequest: MiddlewareHandler = (context, next) => {
  if (storage.getStore()?.request === context) return next();
  const scope = createScope(context);
  const render = () => (scope.response = hooks.request ? hooks.request(scope, next) : next());
  return storage.run(scope, render as typeof next);
};

/** The name that it has in astro-auto-load. */
export const autoLoadMiddleware: MiddlewareHandler = onRequest;
