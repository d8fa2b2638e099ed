// Bundles the islands into ../wwwroot/dist: one file per entry, named by its content, with brotli and gzip twins and a
// manifest (name -> file, integrity) that the pages read. Started by the MSBuild target ClientBundle.
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { build } from 'esbuild';

const here = dirname(fileURLToPath(import.meta.url));
const dist = join(here, '..', 'wwwroot', 'dist');

/** Page widths and bars are classes (w0 .. w100): a strict CSP allows no style attributes. */
const widths = Array.from({ length: 101 }, (_, i) => `.w${i}{--w:${i}%}`).join('');

const result = await build({
  absWorkingDir: here,
  entryPoints: [
    'src/theme.ts',
    'src/site.ts',
    'src/trade.ts',
    'src/standing.ts',
    'src/analytics.ts',
    'src/ticket-worker.ts',
    'src/styles/site.css',
  ],
  bundle: true,
  minify: true,
  write: false,
  outdir: dist,
  format: 'esm',
  target: ['es2022', 'chrome110', 'firefox110', 'safari16'],
  legalComments: 'none',
  charset: 'utf8',
  logLevel: 'warning',
});

rmSync(dist, { recursive: true, force: true });
mkdirSync(dist, { recursive: true });
const manifest = {};
const outputs = [...result.outputFiles, { path: 'icon.svg', text: readFileSync(join(here, 'src/icon.svg'), 'utf8') }];
for (const output of outputs) {
  const name = output.path.slice(Math.max(output.path.lastIndexOf('/'), output.path.lastIndexOf('\\')) + 1);
  const text = name.endsWith('.css') ? output.text + widths : output.text;
  const bytes = Buffer.from(text, 'utf8');
  const dot = name.lastIndexOf('.');
  const hash = createHash('sha256').update(bytes).digest('hex').slice(0, 12);
  const file = `${name.slice(0, dot)}-${hash}${name.slice(dot)}`;
  writeFileSync(join(dist, file), bytes);
  writeFileSync(join(dist, `${file}.gz`), gzipSync(bytes, { level: 9 }));
  writeFileSync(join(dist, `${file}.br`), brotliCompressSync(bytes, {
    params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length },
  }));
  manifest[name] = { file, integrity: `sha384-${createHash('sha384').update(bytes).digest('base64')}` };
}
writeFileSync(join(dist, 'manifest.json'), JSON.stringify(manifest, null, 2) + '\n');
if (readdirSync(dist).length !== Object.keys(manifest).length * 3 + 1) throw new Error('two assets share a name');
