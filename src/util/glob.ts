/** Whether `text` is as `pattern` says, in which `*` stands for any run of characters. Linear in the text's length. */
export function matchesPattern(pattern: string, text: string): boolean {
  if (pattern === '*') return true;
  const [head = '', ...rest] = pattern.split('*');
  const tail = rest.pop();
  if (tail === undefined) return pattern === text;
  if (!text.startsWith(head) || !text.endsWith(tail)) return false;
  let at = head.length;
  for (const part of rest) {
    const found = text.indexOf(part, at);
    if (found === -1) return false;
    at = found + part.length;
  }
  return at <= text.length - tail.length;
}
