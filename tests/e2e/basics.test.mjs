// A project as `npm create astro` lays out its "basics" template, in a folder whose name has spaces: assets, scoped and
// global styles, a client script, a public folder; two loaders added to it.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { makeSite, runs, together } from './harness.mjs';

const svg = (colour) =>
  `<svg xmlns="http://www.w3.org/2000/svg" width="115" height="48" viewBox="0 0 115 48"><path fill="${colour}" d="M0 0h115v48H0z"/></svg>\n`;

const files = {
  'public/favicon.svg': svg('#17191e'),
  'src/assets/astro.svg': svg('#ff5d01'),
  'src/assets/background.svg': svg('#f3e9fa'),
  'src/env.d.ts': '/// <reference types="astro/client" />\n',
  'src/layouts/Layout.astro': `<!doctype html>
<html lang="en">
	<head>
		<meta charset="UTF-8" />
		<meta name="viewport" content="width=device-width" />
		<link rel="icon" type="image/svg+xml" href="/favicon.svg" />
		<meta name="generator" content={Astro.generator} />
		<title>Astro Basics</title>
	</head>
	<body>
		<slot />
	</body>
</html>

<style>
	html,
	body {
		margin: 0;
		width: 100%;
		height: 100%;
	}
</style>
`,
  'src/components/Welcome.astro': `---
import astroLogo from '../assets/astro.svg';
import background from '../assets/background.svg';
import { getLoaderData } from 'foreload/runtime';
import { work } from '../lib/work';
import News from './News.astro';

export const loader = async () => work('Welcome', 30, { greeting: 'To get started, open a file', logo: astroLogo.src });
const welcome = await getLoaderData<typeof loader>();
---

<div id="container">
	<img id="background" src={background.src} alt="" fetchpriority="high" />
	<main>
		<section id="hero">
			<a href="https://astro.build"><img src={astroLogo.src} width="115" height="48" alt="Astro Homepage" /></a>
			<h1>{welcome.greeting} <code data-logo={welcome.logo}><pre>src/pages</pre></code></h1>
		</section>
	</main>
	<News />
</div>

<style>
	#background {
		position: fixed;
		z-index: -1;
		filter: blur(100px);
	}
	h1 {
		margin: 0.25em 0 0;
	}
</style>
`,
  'src/components/News.astro': `---
import { getLoaderData } from 'foreload/runtime';
import { work } from '../lib/work';

export const loader = async () => work('News', 30, { title: "What's New" });
const news = await getLoaderData<typeof loader>();
---

<a href="https://astro.build/blog" id="news" class="box"><h2>{news.title}</h2></a>
<script>
	document.querySelector('#news')?.addEventListener('click', () => console.log('news'));
</script>

<style>
	.box {
		padding: 16px;
		background: rgba(255, 255, 255, 1);
	}
</style>
`,
  'src/pages/index.astro': `---
import Welcome from '../components/Welcome.astro';
import Layout from '../layouts/Layout.astro';

// Welcome to Astro! Wondering what to do next? Check out the Astro documentation at https://docs.astro.build
---

<Layout>
	<Welcome />
</Layout>
`,
};

describe("the basics template, in a folder named 'my astro site'", () => {
  const site = makeSite({ files, folder: 'my astro site' });
  for (const mode of ['production', 'dev']) {
    test(mode, async () => {
      const bodies = {};
      for (const [lift, env] of Object.entries({ off: { FORELOAD_LIFT: 'off' }, on: {} })) {
        const outDir = `dist-${lift}`;
        if (mode === 'production') await site.build({ outDir, env });
        const server = await (mode === 'dev' ? site.dev({ env }) : site.preview({ outDir }));
        try {
          const { status, body } = await server.get('/');
          assert.equal(status, 200);
          bodies[lift] = body.replace(/(dev-toolbar\/entrypoint\.js\?v=)\w+/g, '$1'); // of one run of the dev server
          const record = await server.record();
          assert.deepEqual(runs(record), ['News', 'Welcome']);
          assert.equal(together(record, ['News', 'Welcome']), lift === 'on');
          for (const [, asset] of body.matchAll(/(?:src|href|data-logo)="(\/(?!@)[^"]+)"/g)) {
            assert.equal((await server.get(asset.replaceAll('&amp;', '&'))).status, 200, asset);
          }
        } finally {
          await server.stop();
        }
      }
      assert.equal(bodies.on, bodies.off);
      assert.match(bodies.on, /What&#39;s New/);
    });
  }
});
