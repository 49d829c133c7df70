/** The runtime's types that the API names, as far as its tests use them: the runtime's own declarations contradict Node's. */
declare namespace Rpc {
  type DurableObjectBranded = object;
}

type DurableObjectStub<T> = {
  fetch(input: string | Request, init?: RequestInit): Promise<Response>;
} & { [K in keyof T]: T[K] extends (...args: infer A) => infer R ? (...args: A) => Promise<R> : never };

interface DurableObjectNamespace<T> {
  getByName(name: string): DurableObjectStub<T>;
}
