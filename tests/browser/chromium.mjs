// A headless browser for tests, and pictures that are compared. Debian's chromium is driven; where there is none, tests are
// skipped. Text is drawn in one font, whatever else the machine has.
//
// FORELOAD_UPDATE=1 writes the pictures; review happens by looking at them. What differs is left in build/browser/.
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pixelmatch from 'pixelmatch';
import { chromium } from 'playwright-core';
import { PNG } from 'pngjs';
import { repository } from '../native.mjs';

const executable = ['/usr/bin/chromium', '/usr/bin/chromium-browser'].find((path) => existsSync(path));
const font = '/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf';

/** For node:test: why tests with a browser are skipped, or false. */
export const skip = executable ? false : 'chromium is not installed (Debian: chromium)';
const skipPictures = existsSync(font) ? false : 'the font of the pictures is not installed (Debian: fonts-dejavu-core)';

let open;

/** A page of its own in one browser, which closes with the process. */
export async function openPage(t, { scheme = 'light', width = 1000, height = 800 } = {}) {
  open ??= await chromium.launch({
    executablePath: executable,
    args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--font-render-hinting=none', '--force-color-profile=srgb'],
    env: { ...process.env, FONTCONFIG_FILE: fontsFile() },
  });
  const context = await open.newContext({ viewport: { width, height }, colorScheme: scheme, reducedMotion: 'reduce' });
  t.after(() => context.close());
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  return page;
}

export async function closeBrowser() {
  await open?.close();
  open = undefined;
}

function fontsFile() {
  const folder = join(repository, 'build/browser');
  mkdirSync(folder, { recursive: true });
  const path = join(folder, 'fonts.conf');
  writeFileSync(
    path,
    `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>/usr/share/fonts/truetype/dejavu</dir>
  <cachedir>${folder}/fonts</cachedir>
  <match target="pattern">
    <test name="family" compare="not_eq"><string>DejaVu Sans Mono</string></test>
    <edit name="family" mode="prepend" binding="strong"><string>DejaVu Sans</string></edit>
  </match>
</fontconfig>
`,
  );
  return path;
}

/** Compares what \p target (a page or an element) looks like with fixtures/pictures/NAME.png. */
export async function assertLooks(t, target, name, options = {}) {
  if (skipPictures) return t.diagnostic(skipPictures);
  const file = join(repository, 'fixtures/pictures', `${name}.png`);
  const found = PNG.sync.read(await target.screenshot({ animations: 'disabled', ...options }));
  if (process.env.FORELOAD_UPDATE) return writeFileSync(file, PNG.sync.write(found));
  const expected = PNG.sync.read(readFileSync(file));
  const leave = (suffix, png) => writeFileSync(join(repository, 'build/browser', `${name}${suffix}.png`), PNG.sync.write(png));
  if (found.width !== expected.width || Math.abs(found.height - expected.height) > 2) {
    leave('', found);
    assert.fail(`${name} is ${found.width} × ${found.height}, expected ${expected.width} × ${expected.height}`);
  }
  // Versions of the browser differ by the edges of glyphs, and by a pixel in height.
  const height = Math.min(found.height, expected.height);
  const difference = new PNG({ width: found.width, height });
  const crop = (png) => png.data.subarray(0, png.width * height * 4);
  const count = pixelmatch(crop(expected), crop(found), difference.data, found.width, height, { threshold: 0.2 });
  const share = count / (found.width * height);
  if (share > 0.01) {
    leave('', found);
    leave('-difference', difference);
    assert.fail(`${name} differs in ${(share * 100).toFixed(1)} % of its pixels: see build/browser/${name}-difference.png`);
  }
}
