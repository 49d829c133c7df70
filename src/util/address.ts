/**
 * What stands for one client where addresses are counted: an IPv4 address, or the /64 network of an IPv6 address, since
 * a single machine usually has all of one. An IPv4 address that is written as IPv6 (`::ffff:…`) is that IPv4 address.
 */
export function addressKey(address: string): string {
  if (!address.includes(':') || !URL.canParse(`http://[${address}]`)) return address;
  const canonical = new URL(`http://[${address}]`).hostname.slice(1, -1);
  const mapped = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(canonical);
  if (mapped) return mapped.slice(1).flatMap(toBytes).join('.');
  const [head = '', tail] = canonical.split('::');
  const groups = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? 0 : 8 - groups.length - after.length;
  return [...groups, ...Array<string>(zeros).fill('0'), ...after].slice(0, 4).join(':');
}

/** The two bytes of a group of an IPv6 address. */
function toBytes(group: string): number[] {
  const value = Number.parseInt(group, 16);
  return [value >> 8, value & 0xff];
}
