/** One event of an event stream. */
export interface StreamEvent {
  /** The place that the client tells when it comes back; it stays what it was where there is none. */
  id?: string;
  /** What kind of event it is. @default 'message' */
  event?: string;
  /** Without it nothing happens in the client, except that it remembers the id. */
  data?: string;
}

/** What a client passes over: it shows that the stream is still there. */
export const COMMENT = ':\n\n';

/** What ends a line of an event stream. */
const LINE_END = /\r\n|\r|\n/;

/**
 * An event as it stands in a `text/event-stream` (HTML Living Standard, section 9.2). Line ends within its data all
 * arrive as line feeds. `id` and `event` must be of one line.
 */
export function formatEvent({ id, event, data }: StreamEvent): string {
  const fields = [
    ...(id === undefined ? [] : [`id: ${id}`]),
    ...(event === undefined ? [] : [`event: ${event}`]),
    ...(data === undefined ? [] : data.split(LINE_END).map((line) => `data: ${line}`)),
  ];
  return `${fields.join('\n')}\n\n`;
}
