/** Ends a `switch` over a closed set: a new member does not compile until the switch knows it. */
export function assertNever(value: never): never {
  throw new TypeError(`Unexpected value: ${JSON.stringify(value)}`);
}
