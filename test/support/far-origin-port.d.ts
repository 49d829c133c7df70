import 'vitest';

declare module 'vitest' {
  interface ProvidedContext {
    /** The port of the origin of test/support/far-origin.ts. */
    farOrigin: number;
  }
}
