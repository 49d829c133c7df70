import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import chromium, { inflate } from '@sparticuz/chromium';
import { type Browser, chromium as playwright } from 'playwright-core';
import { describe } from 'vitest';

/** Packed beside the browser: the NSS libraries that it links against, which slim systems don't have. */
const LIBRARIES = join(dirname(createRequire(import.meta.url).resolve('@sparticuz/chromium')), '../bin/al2023.tar.br');

/** Root, as which containers often run tests, may not use Chromium's sandbox; only our own page is opened in it. */
const ARGS = ['--no-sandbox', '--no-zygote', '--font-render-hinting=none'];

/** Why no browser can be had here; null where one can. On CI it always can, so that what is missing fails the tests. */
const MISSING =
  process.env.CI === 'true' || `${process.platform}-${process.arch}` === 'linux-x64'
    ? null
    : `the packaged Chromium is for Linux on x64, this is ${process.platform} on ${process.arch}`;

/** `describe` for tests in a browser. Where there can be none they are reported as skipped, with the reason. */
export function describeInBrowser(name: string, tests: () => void): void {
  if (MISSING === null) describe(name, tests);
  else describe.skip(`${name} (${MISSING})`, tests);
}

/** A headless Chromium of its own, with everything it needs in a folder that `close` removes. */
export interface LaunchedBrowser {
  browser: Browser;
  close(): Promise<void>;
}

/**
 * Unpacks and starts the Chromium that is installed as a package: nothing is downloaded.
 *
 * @throws Error where it can't run, which `describeInBrowser` looks at first
 */
export async function launchBrowser(): Promise<LaunchedBrowser> {
  const folder = await mkdtemp(join(tmpdir(), 'signalbox-browser-'));
  const removeFolder = () => rm(folder, { recursive: true, force: true });
  try {
    const executablePath = await unpack(folder);
    const browser = await playwright.launch({ executablePath, args: ARGS, env: await environment(folder) });
    return {
      browser,
      async close() {
        await browser.close();
        await removeFolder();
      },
    };
  } catch (error) {
    await removeFolder();
    throw error;
  }
}

/**
 * The package unpacks into the folder for temporary files and takes whatever it finds there. In a folder of its own no
 * other run's half-written browser is found.
 */
async function unpack(folder: string): Promise<string> {
  const before = process.env.TMPDIR;
  process.env.TMPDIR = folder;
  try {
    const [executablePath] = await Promise.all([chromium.executablePath(), inflate(LIBRARIES)]);
    return executablePath;
  } finally {
    if (before === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = before;
  }
}

/** The packaged libraries and font, so that text takes the same space on every machine. */
async function environment(folder: string): Promise<Record<string, string | undefined>> {
  const fonts = join(folder, 'fonts.conf');
  await writeFile(
    fonts,
    `<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir>${join(folder, 'fonts')}</dir><cachedir>${join(folder, 'fonts-cache')}</cachedir></fontconfig>`,
  );
  return { ...process.env, TMPDIR: folder, LD_LIBRARY_PATH: join(folder, 'al2023/lib'), FONTCONFIG_FILE: fonts };
}
