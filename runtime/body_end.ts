// When a request is over: its response's body has been sent, or was given up. The body is not wrapped to learn of that,
// because it is none of our business who reads it, and how. Node can tell when a stream ends that somebody else reads;
// where a runtime cannot, a request is over when there is a response.

/** Settles at the end of the body; at once, if there is none. A page that fails has ended, too. */
export async function bodyEnd(response: unknown): Promise<void> {
  let body: unknown;
  try {
    body = ((await response) as Response | undefined)?.body;
  } catch {
    // The page failed before it had a response.
  }
  if (!body) return;
  const { finished } = await import('node:stream');
  await new Promise<void>((resolve) => {
    try {
      finished(body as NodeJS.ReadableStream, () => resolve());
    } catch {
      resolve();
    }
  });
}
