import { type HistoryQuery, type HistoryStore, type Retention, takeReadable } from '../src/room/history.ts';
import type { Draft, Position, Publication } from '../src/room/publication.ts';
import { migrate } from './schema.ts';

type Row = {
  offset: number;
  data: string | ArrayBuffer;
  json: number;
  publisher: string | null;
  tags: string | null;
  time: number;
};

/** Streams in the object's SQLite. Each call is one transaction of the runtime: all of it is written, or nothing. */
export class SqlHistory implements HistoryStore {
  readonly #sql: SqlStorage;
  /** Where the streams are that were looked at: the table's rows, which nobody else writes. */
  readonly #positions = new Map<string, Position>();
  #migrated = false;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  append(channel: string, drafts: readonly Draft[], { size, ttlMs }: Retention, now: number): Publication[] {
    const { offset, epoch } = this.position(channel);
    const publications = drafts.map((draft, index) => ({ ...draft, offset: offset + index + 1, time: now }));
    const newest = offset + drafts.length;
    // What would be too much at once is not written at all.
    for (const publication of publications.slice(-size)) this.#insert(channel, publication, now + ttlMs);
    this.#sql.exec('UPDATE streams SET offset = ? WHERE channel = ?', newest, channel);
    this.#sql.exec('DELETE FROM publications WHERE channel = ? AND offset <= ?', channel, newest - size);
    this.#positions.set(channel, { offset: newest, epoch });
    return publications;
  }

  read(channel: string, { since, limit = -1, reverse = false }: HistoryQuery, now: number): Publication[] {
    this.#migrate();
    const [after, before] = reverse ? [0, since ?? Number.MAX_SAFE_INTEGER] : [since ?? 0, Number.MAX_SAFE_INTEGER];
    const order = reverse ? 'DESC' : 'ASC';
    const rows = this.#sql.exec<Row>(
      `SELECT offset, data, json, publisher, tags, time FROM publications
       WHERE channel = ? AND offset > ? AND offset < ? AND expires_at > ? ORDER BY offset ${order} LIMIT ?`,
      ...[channel, after, before, now, limit],
    );
    return takeReadable(publicationsIn(rows));
  }

  position(channel: string): Position {
    const known = this.#positions.get(channel);
    if (known) return known;
    this.#migrate();
    this.#sql.exec('INSERT OR IGNORE INTO streams VALUES (?, ?, 0)', channel, crypto.randomUUID());
    const query = 'SELECT offset, epoch FROM streams WHERE channel = ?';
    const position = this.#sql.exec<{ offset: number; epoch: string }>(query, channel).one();
    this.#positions.set(channel, position);
    return position;
  }

  clear(channel: string): void {
    this.#migrate();
    this.#sql.exec('DELETE FROM publications WHERE channel = ?', channel);
  }

  trim(now: number): number | null {
    this.#migrate();
    this.#sql.exec('DELETE FROM publications WHERE expires_at <= ?', now);
    return this.#sql.exec<{ next: number | null }>('SELECT min(expires_at) AS next FROM publications').one().next;
  }

  #insert(channel: string, { offset, data, json, publisher, tags, time }: Publication, expiresAt: number): void {
    this.#sql.exec(
      'INSERT INTO publications VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
      ...[channel, offset, data, Number(json), toJson(publisher), toJson(tags), time, expiresAt],
    );
  }

  /** Tables are made when they are first needed: most rooms need none. */
  #migrate(): void {
    if (!this.#migrated) migrate(this.#sql);
    this.#migrated = true;
  }
}

/** Row by row: those that are not taken are never read. */
function* publicationsIn(rows: Iterable<Row>): Generator<Publication> {
  for (const row of rows) yield toPublication(row);
}

function toPublication({ offset, data, json, publisher, tags, time }: Row): Publication {
  return { offset, data, json: json === 1, publisher: fromJson(publisher), tags: fromJson(tags), time };
}

function toJson(value: object | null): string | null {
  return value === null ? null : JSON.stringify(value);
}

function fromJson<T>(text: string | null): T | null {
  return text === null ? null : (JSON.parse(text) as T);
}
