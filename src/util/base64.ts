/** Bytes as text in base64 (RFC 4648 section 4). */
export function base64(bytes: ArrayBuffer): string {
  const parts: string[] = [];
  // As many arguments as a call may have anywhere.
  for (let at = 0; at < bytes.byteLength; at += 8192) {
    parts.push(String.fromCharCode(...new Uint8Array(bytes, at, Math.min(8192, bytes.byteLength - at))));
  }
  return btoa(parts.join(''));
}
