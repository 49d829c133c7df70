/** The characters of an HTTP token, RFC 9110 section 5.6.2. */
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

export function isToken(text: string): boolean {
  return TOKEN.test(text);
}

/**
 * A header's name as programs may take it that get it in an environment variable (RFC 3875 section 4.1.18): CGI, WSGI and PHP
 * can't tell `X_Name` from `X-Name`, and behind lighttpd `X.Name` neither.
 */
export function looseName(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, '-');
}

/** The elements of a comma-separated header value, without the white space around them. Empty elements are kept. */
export function splitList(value: string): string[] {
  return value.split(',').map((element) => trimBlanks(element));
}

/** Whether a comma-separated header value holds `token` (lower case), compared without regard to case. */
export function listHas(value: string | null, token: string): boolean {
  return value !== null && splitList(value).some((element) => element.toLowerCase() === token);
}

/**
 * Takes spaces and tabs off both ends, and no other white space of Unicode (RFC 9110 section 5.6.3). Not by a regular
 * expression: those for the end of a text try again at each blank, and a head can be half a megabyte of them.
 */
export function trimBlanks(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isBlank(text.charCodeAt(start))) start++;
  while (end > start && isBlank(text.charCodeAt(end - 1))) end--;
  return text.slice(start, end);
}

function isBlank(unit: number): boolean {
  return unit === 0x20 || unit === 0x09;
}
