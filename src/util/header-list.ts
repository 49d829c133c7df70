/** The characters of an HTTP token, RFC 9110 section 5.6.2. */
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

/** RFC 9110 section 5.6.3: spaces and tabs, and no other white space of Unicode. */
const OPTIONAL_WHITE_SPACE = /^[ \t]+|[ \t]+$/g;

export function isToken(text: string): boolean {
  return TOKEN.test(text);
}

/** The elements of a comma-separated header value, without the white space around them. Empty elements are kept. */
export function splitList(value: string): string[] {
  return value.split(',').map((element) => element.replace(OPTIONAL_WHITE_SPACE, ''));
}

/** Whether a comma-separated header value holds `token` (lower case), compared without regard to case. */
export function listHas(value: string | null, token: string): boolean {
  return value !== null && splitList(value).some((element) => element.toLowerCase() === token);
}
