// A request without Astro.
import { onRequest } from 'foreload/middleware';

export const requestContext = (fields = {}) => ({
  params: {},
  url: new URL('http://localhost/'),
  request: new Request('http://localhost/'),
  cookies: {},
  locals: {},
  props: {},
  ...fields,
});

/** Runs `render` as a page of one request; what it returns is what the page returned. */
export const inRequest = (render, context = requestContext()) => onRequest(context, render);

/** From now on, rejections that nobody handles are kept; the function that is returned ends that and gives them. */
export function watchRejections() {
  const unhandled = [];
  const listener = (error) => unhandled.push(error);
  process.on('unhandledRejection', listener);
  return () => {
    process.off('unhandledRejection', listener);
    return unhandled;
  };
}
