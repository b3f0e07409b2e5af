// Downloads the packages of corpus.json, which pins each by version and hash, and keeps their .astro files. The packages
// only, not what they depend on (which would be a hundred times as much): so `npm pack`, not `npm ci`.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';

const here = import.meta.dirname;
const packages = JSON.parse(readFileSync(join(here, 'corpus.json'), 'utf8'));
const folder = ({ name, version }) => join(here, 'corpus', `${name}@${version}`);
const missing = packages.filter((pkg) => !existsSync(folder(pkg)));

if (missing.length > 0) {
  mkdirSync(join(here, 'corpus'), { recursive: true });
  const temporary = mkdtempSync(join(here, 'corpus', '.download-'));
  try {
    const specs = missing.map(({ name, version }) => `${name}@${version}`);
    const packed = JSON.parse(
      execFileSync('npm', ['pack', '--json', '--silent', ...specs], { cwd: temporary, encoding: 'utf8', maxBuffer: 1 << 28 }),
    );
    for (const pkg of missing) {
      const { filename, integrity } = packed.find(({ name, version }) => name === pkg.name && version === pkg.version);
      if (integrity !== pkg.integrity) throw new Error(`${pkg.name}@${pkg.version} is not what corpus.json pins: ${integrity}`);
      const unpacked = mkdtempSync(join(temporary, 'unpacked-'));
      execFileSync('tar', ['-xzf', filename, '-C', unpacked, '--wildcards', '*.astro'], { cwd: temporary });
      mkdirSync(dirname(folder(pkg)), { recursive: true });
      renameSync(unpacked, folder(pkg)); // at once, so that an interrupted run leaves no half of a package
    }
  } finally {
    rmSync(temporary, { recursive: true });
  }
}
