/** By which the application server of tests in workerd and its router know each other. */
export const GRIP_SECRET = 'a-key-of-some-length';

declare module 'vitest' {
  interface ProvidedContext {
    /** Where that application server is, and where it is told what to do. */
    grip: { app: string; control: string };
  }
}
