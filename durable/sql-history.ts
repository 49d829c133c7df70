import {
  type HistoryQuery,
  type HistoryStore,
  type Retention,
  renewedExpiry,
  takeReadable,
} from '../src/room/history.ts';
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

type StreamRow = { offset: number; epoch: string; expiresAt: number };

/** Streams in the object's SQLite. Each call is one transaction of the runtime: all of it is written, or nothing. */
export class SqlHistory implements HistoryStore {
  readonly #sql: SqlStorage;
  /** The streams that were looked at: the table's rows, which nobody else writes. */
  readonly #streams = new Map<string, StreamRow>();
  #migrated = false;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  append(channel: string, drafts: readonly Draft[], { size, ttlMs }: Retention, now: number): Publication[] {
    const stream = this.#stream(channel, now);
    const { offset, epoch, expiresAt } = stream;
    const publications = drafts.map((draft, index) => ({ ...draft, offset: offset + index + 1, time: now }));
    const newest = offset + drafts.length;
    // What would be too much at once is not written at all.
    for (const publication of publications.slice(-size)) this.#insert(channel, publication, now + ttlMs);
    this.#update(channel, stream, { offset: newest, epoch, expiresAt: renewedExpiry(expiresAt, now, ttlMs) });
    this.#sql.exec('DELETE FROM publications WHERE channel = ? AND offset <= ?', channel, newest - size);
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

  position(channel: string, now: number): Position {
    const stream = this.#stream(channel, now);
    const { offset, epoch, expiresAt } = stream;
    const renewed = renewedExpiry(expiresAt, now);
    if (renewed !== expiresAt) this.#update(channel, stream, { offset, epoch, expiresAt: renewed });
    return { offset, epoch };
  }

  clear(channel: string): void {
    this.#migrate();
    this.#sql.exec('DELETE FROM publications WHERE channel = ?', channel);
  }

  end(isOver: (channel: string) => boolean): void {
    if (!this.#isThere()) return;
    for (const { channel } of this.#sql.exec<{ channel: string }>('SELECT channel FROM streams').toArray()) {
      if (!isOver(channel)) continue;
      this.clear(channel);
      this.#forget(channel);
    }
  }

  trim(now: number, isInUse: (channel: string) => boolean = () => false): number | null {
    this.#migrate();
    this.#sql.exec('DELETE FROM publications WHERE expires_at <= ?', now);
    const over = this.#sql.exec<{ channel: string }>('SELECT channel FROM streams WHERE expires_at <= ?', now);
    for (const { channel } of over.toArray()) if (isInUse(channel)) this.position(channel, now);
    // Not by their names: one that is no text of Unicode is read back as another, and would be due for ever.
    this.#sql.exec('DELETE FROM streams WHERE expires_at <= ?', now);
    for (const [channel, { expiresAt }] of this.#streams) if (expiresAt <= now) this.#streams.delete(channel);
    const query = `SELECT min(next) AS next FROM (
      SELECT min(expires_at) AS next FROM publications UNION ALL SELECT min(expires_at) FROM streams)`;
    return this.#sql.exec<{ next: number | null }>(query).one().next;
  }

  /** The stream of a channel, which begins with this where it never did. */
  #stream(channel: string, now: number): StreamRow {
    const known = this.#streams.get(channel);
    if (known) return known;
    this.#migrate();
    this.#sql.exec(
      'INSERT OR IGNORE INTO streams (channel, epoch, offset, expires_at) VALUES (?, ?, 0, ?)',
      ...[channel, crypto.randomUUID(), renewedExpiry(0, now)],
    );
    const query = 'SELECT offset, epoch, expires_at AS expiresAt FROM streams WHERE channel = ?';
    const stream = this.#sql.exec<StreamRow>(query, channel).one();
    this.#streams.set(channel, stream);
    return stream;
  }

  /** The index of expiries is written only where one has changed, which is at most once a day. */
  #update(channel: string, before: StreamRow, after: StreamRow): void {
    const { offset, expiresAt } = after;
    if (expiresAt === before.expiresAt) {
      this.#sql.exec('UPDATE streams SET offset = ? WHERE channel = ?', offset, channel);
    } else {
      this.#sql.exec('UPDATE streams SET offset = ?, expires_at = ? WHERE channel = ?', offset, expiresAt, channel);
    }
    this.#streams.set(channel, after);
  }

  #forget(channel: string): void {
    this.#sql.exec('DELETE FROM streams WHERE channel = ?', channel);
    this.#streams.delete(channel);
  }

  #insert(channel: string, { offset, data, json, publisher, tags, time }: Publication, expiresAt: number): void {
    this.#sql.exec(
      'INSERT INTO publications VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
      ...[channel, offset, data, Number(json), toJson(publisher), toJson(tags), time, expiresAt],
    );
  }

  /** Only to look does not make the tables. */
  #isThere(): boolean {
    const query = "SELECT count(*) AS tables FROM sqlite_schema WHERE type = 'table' AND name = 'streams'";
    return this.#sql.exec<{ tables: number }>(query).one().tables > 0;
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
