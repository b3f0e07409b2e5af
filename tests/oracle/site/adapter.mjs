// Hands Astro's production app to the test as it is, without a server around it: with neither sockets nor files under
// way, the test can tell when a request waits for nothing but the clock.
export default () => ({
  name: 'oracle',
  hooks: {
    'astro:config:done': ({ setAdapter }) =>
      setAdapter({
        name: 'oracle',
        entrypointResolution: 'auto',
        serverEntrypoint: new URL('./server.mjs', import.meta.url),
        adapterFeatures: { buildOutput: 'server' },
        supportedAstroFeatures: { serverOutput: 'stable' },
      }),
  },
});
