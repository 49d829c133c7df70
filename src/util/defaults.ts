/** `given` over `defaults`. What is given as undefined is not given: it must not take a default away. */
export function withDefaults<const D extends object, const G extends object>(defaults: D, given: G): D & G {
  const set = Object.entries(given).filter(([, value]) => value !== undefined);
  return { ...defaults, ...Object.fromEntries(set) } as D & G;
}
