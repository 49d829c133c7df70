import type { Position } from '../../room/publication.ts';

/** An offset, and the epoch of its stream, which is left out where the stream has not begun. */
const ID = /^(\d{1,15})(?::([\w-]{1,64}))?$/;

/** A position as it stands in an event's `id`. */
export function formatPosition({ offset, epoch }: Position): string {
  return `${offset}:${epoch}`;
}

/** The position that an event's `id` tells; null for text that is none. */
export function parsePosition(id: string): Position | null {
  const [, offset, epoch = ''] = ID.exec(id) ?? [];
  return offset === undefined ? null : { offset: Number(offset), epoch };
}
