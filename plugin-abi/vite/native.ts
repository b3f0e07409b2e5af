// The hooks of native plugins for what is no component: virtual modules, other files, and files that plugins emit. The
// host has their filters, and is asked on the spot whether one wants a module, so that the others cost next to nothing.
import { posix } from 'node:path';
import type { Plugin } from 'vite';
import type { EmittedFile } from '../node/index.js';
import type { Project } from './project.js';

export interface NativePlugins {
  readonly plugin: Plugin;
  /** Serves what plugins have emitted, from now on. */
  keep(files: readonly EmittedFile[]): void;
}

export function nativePlugins(project: () => Project, isDone: (id: string) => boolean): NativePlugins {
  const files = new Map<string, EmittedFile>();
  const keep = (emitted: readonly EmittedFile[]): void => emitted.forEach((file) => files.set(file.path, file));

  const plugin: Plugin = {
    name: 'foreload:native-plugins',
    enforce: 'pre',

    async resolveId(specifier, importer) {
      if (files.has(specifier)) return specifier;
      if (!project().host.wants('resolveId', specifier)) return;
      const { id, external, diagnostics } = await project().host.resolveId(specifier, importer);
      project().report(diagnostics);
      return id === null ? undefined : { id, external };
    },

    async load(id) {
      const emitted = files.get(id);
      if (emitted) return { code: emitted.code, map: emitted.map };
      if (!project().host.wants('load', id)) return;
      const loaded = await project().host.load(id);
      project().report(loaded.diagnostics);
      keep(loaded.files);
      for (const file of loaded.dependencies) this.addWatchFile(file);
      return loaded.code === null ? undefined : { code: loaded.code, map: loaded.map };
    },

    async transform(code, id) {
      // Components have gone through the host's pipeline already, with lifting in its place; so has composed Markdown.
      if (isDone(id) || !posix.isAbsolute(id) || !project().host.wants('transform', id, code)) return;
      const result = await project().host.transform(id, code);
      project().report(result.diagnostics);
      keep(result.files);
      for (const file of result.dependencies) this.addWatchFile(file);
      return result.code === null ? undefined : { code: result.code, map: result.map };
    },

    async watchChange(path, { event }) {
      project().report(await project().host.watchChange(path, event));
    },
  };
  return { plugin, keep };
}
