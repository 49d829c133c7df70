import type { PageName } from '../config/config.ts';
import { refuse } from '../upgrade/reject.ts';
import chat from './chat.html';

const PAGES: Record<PageName, string> = { chat };

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
