// The contract of the whole: with lifting on, a page's bytes, status and headers are those without it, the same loaders
// run and each once; only the order in which they start and end differs. In dev, in a production server, prerendered;
// with loaders inlined and referenced.
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { pages } from '../../fixtures/sites/demo/pages.mjs';
import { makeSite, runs, together } from './harness.mjs';

const variants = {
  off: { FORELOAD_LIFT: 'off' },
  inline: { FORELOAD_STRATEGY: 'inline' },
  reference: { FORELOAD_STRATEGY: 'reference' },
};

for (const mode of ['dev', 'server', 'static']) {
  describe(mode, () => {
    const site = makeSite({ from: 'demo' });
    // They run the same sources as the pages that they stand for: in a build's record, nobody could tell which is which.
    if (mode === 'static') site.remove('src/pages/hand');

    /** variant → path → what was answered and what ran */
    const seen = {};

    const asked = pages.filter((page) => mode !== 'static' || (!page.query && !page.path.startsWith('/item/')));

    before(async () => {
      for (const [variant, env] of Object.entries(variants)) seen[variant] = await collect(site, mode, variant, env, asked);
    });

    for (const page of asked) {
      for (const variant of ['inline', 'reference']) {
        test(`${page.path}, ${variant}: the same answer`, () => {
          assert.equal(seen.off[page.path].status, mode === 'static' ? 200 : (page.status ?? 200));
          assert.deepEqual(seen[variant][page.path].answer, seen.off[page.path].answer);
        });
      }
      for (const variant of Object.keys(variants)) {
        test(`${page.path}, ${variant}: its loaders run, each once`, () => {
          assert.deepEqual(runs(seen[variant][page.path].record), [...page.loaders].sort());
        });
      }
      for (const group of page.together) {
        test(`${page.path}: ${group.join(', ')} start together with lifting only`, () => {
          assert.equal(together(seen.off[page.path].record, group), page.already === true, 'without lifting');
          assert.ok(together(seen.inline[page.path].record, group), 'inlined');
          assert.ok(together(seen.reference[page.path].record, group), 'referenced');
        });
      }
    }

    test('a server island answers the same, from its own loaders', () => {
      const names = ['island/Greeting', 'island/Points'];
      for (const variant of Object.keys(variants)) {
        const { island } = seen[variant];
        assert.equal(island.status, 200);
        assert.match(island.body, /120 points/);
        assert.equal(island.body, seen.off.island.body);
        assert.deepEqual(runs(island.record), names);
        assert.equal(together(island.record, names), variant !== 'off', variant);
      }
    });

    test('style sheets have the same rules in the same order', () => {
      const { css } = seen.off;
      assert.match(css, /teal/);
      assert.match(css, /olive/);
      assert.equal(seen.inline.css, css);
      assert.equal(seen.reference.css, css);
    });

    test('the hand-written pages say what the others say', { skip: mode !== 'server' }, () => {
      for (const { path, hand } of asked.filter((page) => page.hand && !page.status)) {
        assert.equal(words(seen.off[hand].answer.body), words(seen.off[path].answer.body), path);
      }
    });
  });
}

async function collect(site, mode, variant, env, asked) {
  const outDir = `dist-${mode}-${variant}`;
  let built = [];
  if (mode !== 'dev') {
    await site.build({ outDir, env: { ...env, DEMO_OUTPUT: mode } });
    built = JSON.parse(site.read(`${outDir}/work.json`));
  }
  const server = await (mode === 'dev' ? site.dev({ env }) : site.preview({ outDir }));
  try {
    const seen = {};
    for (const page of asked) {
      await server.record();
      const answer = await server.get(page.path);
      const ranInBuild = mode === 'static' || (mode === 'server' && page.prerendered);
      const record = ranInBuild ? built.filter(({ name }) => name.startsWith(`${page.title}/`)) : await server.record();
      seen[page.path] = { status: answer.status, record, answer: comparable(answer) };
      if (mode === 'server' && page.hand) seen[page.hand] = { answer: comparable(await server.get(page.hand)) };
    }
    seen.css = await styleSheets(server, '/styles');

    const island = /href="(\/_server-islands\/[^"]*)"/.exec((await server.get('/island')).body)?.[1];
    assert.ok(island, 'the page of the island fetches it');
    await server.record();
    const { status, body } = await server.get(island.replaceAll('&amp;', '&'));
    seen.island = { status, body, record: await server.record() };
    return seen;
  } finally {
    await server.stop();
  }
}

/** The answer without what differs between two builds, or two requests to one, of an untouched Astro site. */
function comparable({ headers, body, ...rest }) {
  // The length is the body's, which is compared; an encrypted parameter may be longer when it is percent-encoded.
  const { date, etag, 'last-modified': modified, 'content-length': length, ...lasting } = headers;
  const html = body
    .replace(/(_server-islands\/\w+\?)[^"]*/g, '$1') // encrypted with a new key
    .replace(/(dev-toolbar\/entrypoint\.js\?v=)\w+/g, '$1') // of one run of the dev server
    .replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, 'uuid');
  return { ...rest, headers: lasting, body: html };
}

/** The text of all style sheets of a page, in order. */
async function styleSheets(server, path) {
  const { body } = await server.get(path);
  const sheets = body.matchAll(/<style[^>]*>([\s\S]*?)<\/style>|<link rel="stylesheet" href="([^"]+)"/g);
  const texts = [];
  for (const [, inline, href] of sheets) texts.push(inline ?? (await server.get(href)).body);
  return texts.join('\n');
}

/** What a reader sees of a page. */
function words(html) {
  return html
    .replace(/<style[\s\S]*?<\/style>/g, '')
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ')
    .trim();
}
