/** What a streaming answer brings, in pieces that end with a blank line (events) or a line feed (lines). */
export class StreamReader {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #decoder = new TextDecoder();
  readonly #end: string;
  #text = '';

  constructor({ body }: Pick<Response, 'body'>, end: '\n' | '\n\n') {
    if (body === null) throw new TypeError('The answer has no body');
    this.#reader = body.getReader();
    this.#end = end;
  }

  /** The next piece, without its end; null where the stream has ended. Throws where it broke. */
  async next(): Promise<string | null> {
    for (;;) {
      const at = this.#text.indexOf(this.#end);
      if (at !== -1) {
        const piece = this.#text.slice(0, at);
        this.#text = this.#text.slice(at + this.#end.length);
        return piece;
      }
      const { done, value } = await this.#reader.read();
      if (done) return null;
      this.#text += this.#decoder.decode(value, { stream: true });
    }
  }

  /** Goes away. */
  cancel(): Promise<void> {
    return this.#reader.cancel();
  }
}
