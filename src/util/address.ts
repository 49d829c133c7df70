/**
 * What stands for one client where addresses are counted: an IPv4 address, or the /64 network of an IPv6 address, since
 * a single machine usually has all of one. An IPv4 address that is written as IPv6 (`::ffff:…`) is that IPv4 address.
 */
export function addressKey(address: string): string {
  const groups = ipv6Groups(address);
  if (groups === null) return address;
  const [high = 0, low = 0] = groups.slice(6);
  const isMapped = groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff;
  if (isMapped) return [high >> 8, high & 0xff, low >> 8, low & 0xff].join('.');
  return groups
    .slice(0, 4)
    .map((group) => group.toString(16))
    .join(':');
}

/** The eight numbers of an IPv6 address without brackets or zone; null for anything else. */
export function ipv6Groups(address: string): number[] | null {
  if (!/^[0-9a-f.]*:[0-9a-f:.]*$/i.test(address) || !URL.canParse(`http://[${address}]`)) return null;
  const canonical = new URL(`http://[${address}]`).hostname.slice(1, -1);
  const [head = [], tail] = canonical.split('::').map((half) => half.split(':').filter((group) => group !== ''));
  const zeros = tail === undefined ? 0 : 8 - head.length - tail.length;
  return [...head, ...Array<string>(zeros).fill('0'), ...(tail ?? [])].map((group) => Number.parseInt(group, 16));
}
