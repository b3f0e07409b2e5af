// The tests read this log to see which loaders ran, and what was under way at the same time.
declare global {
  var loaderLog: string[] | undefined;
}

export async function fetchData<T>(name: string, data: T): Promise<T> {
  globalThis.loaderLog?.push(`start ${name}`);
  await new Promise((resolve) => setTimeout(resolve, 20));
  globalThis.loaderLog?.push(`end ${name}`);
  return data;
}
