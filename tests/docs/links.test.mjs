// Links between the repository's documents, and from them to its files, lead somewhere.
import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { test } from 'node:test';
import { repository } from '../native.mjs';
import { read } from './examples.mjs';

const markdown = (folder) => readdirSync(join(repository, folder)).filter((file) => file.endsWith('.md')).map((file) => join(folder, file));
const documents = [...markdown('.'), ...markdown('docs')];

const prose = (path) => read(path).replace(/^(`{3,})[\s\S]*?^\1$/gm, '');

/** The anchors that GitHub gives to a document's headings. */
const anchors = (path) =>
  [...prose(path).matchAll(/^#+ (.*)$/gm)].map(([, heading]) => heading.toLowerCase().replace(/[^\p{L}\p{N} _-]/gu, '').replaceAll(' ', '-'));

for (const document of documents) {
  test(`the links of ${document}`, () => {
    for (const [, link] of prose(document).matchAll(/(?:\]\(|(?:src|href)=")([^)"\s]+)/g)) {
      if (/^[a-z]+:/.test(link)) continue;
      const [path, anchor] = link.split('#');
      const target = path ? normalize(join(dirname(document), path)) : document;
      assert.ok(existsSync(join(repository, target)), `${link} leads nowhere`);
      if (anchor !== undefined) assert.ok(anchors(target).includes(anchor), `${target} has no heading for #${anchor}`);
    }
  });
}

test('the documents that users look for are there', () => {
  for (const needed of ['README.md', 'CONTRIBUTING.md', 'docs/architecture.md', 'docs/abi.md', 'docs/check.md', 'docs/diagnostics.md'])
    assert.ok(documents.includes(needed), needed);
});
