import type { PageName } from '../config/config.ts';
import counter from '../examples/counter/counter.html';
import cursors from '../examples/cursors/cursors.html';
import dumbIncrement from '../examples/dumb-increment/dumb-increment.html';
import echo from '../examples/echo/echo.html';
import frame from '../examples/frame.html';
import tictactoe from '../examples/tictactoe/tictactoe.html';
import { refuse } from '../upgrade/reject.ts';
import chat from './chat.html';

const PAGES: Record<PageName, string> = {
  chat,
  echo: framed('echo', echo),
  'dumb-increment': framed('dumb-increment', dumbIncrement),
  counter: framed('counter', counter),
  cursors: framed('cursors', cursors),
  tictactoe: framed('tictactoe', tictactoe),
};

/** Where a page's text wants the nonce that lets its own script and style run, and nothing that got in by accident. */
const NONCE_MARK = '%NONCE%';

/** Serves one of the router's own pages, to GET and HEAD. */
export function servePage(name: PageName, method: string): Response {
  if (method !== 'GET' && method !== 'HEAD') {
    return refuse('ERR_METHOD_NOT_ALLOWED', { Allow: 'GET, HEAD' });
  }
  const nonce = crypto.randomUUID();
  return new Response(PAGES[name].replaceAll(NONCE_MARK, nonce), {
    headers: {
      'Content-Type': 'text/html; charset=utf-8',
      'Content-Security-Policy': contentSecurityPolicy(nonce),
      'Referrer-Policy': 'no-referrer',
      'X-Content-Type-Options': 'nosniff',
      'Cache-Control': 'no-store',
    },
  });
}

/** The page of an example: what all of them have in common, around its own `<style>`, and its `<main>` and script. */
function framed(name: PageName, example: string): string {
  const main = example.indexOf('<main');
  const parts = { NAME: name, STYLE: example.slice(0, main), MAIN: example.slice(main) };
  return frame.replace(/%(NAME|STYLE|MAIN)%/g, (_, part: keyof typeof parts) => parts[part]);
}

function contentSecurityPolicy(nonce: string): string {
  const own = `'nonce-${nonce}'`;
  return [
    "default-src 'none'",
    `script-src ${own}`,
    `style-src ${own}`,
    "connect-src 'self'",
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}
