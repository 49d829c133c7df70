#!/usr/bin/env node
// Plain JavaScript, since the Node that finds it may not run TypeScript yet: 22.18 and newer do, and so does the one that
// `npm ci` installs beside this package.
import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { join } from 'node:path';

if (process.features.typescript) await import('./signalbox.ts');
else runWith(installedNode());

function installedNode() {
  try {
    return join(createRequire(import.meta.url).resolve('node/package.json'), '../bin/node');
  } catch {
    console.error('signalbox needs Node 22.18 or newer, or "npm ci" in its folder, which brings one along.');
    process.exit(1);
  }
}

/** The other Node has our input and output as they are, and our signals. */
function runWith(node) {
  const main = join(import.meta.dirname, 'signalbox.ts');
  const child = spawn(node, [main, ...process.argv.slice(2)], { stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('exit', (code) => process.exit(code ?? 1));
}
