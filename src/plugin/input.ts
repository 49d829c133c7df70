import type { StandardSchemaV1 } from '@standard-schema/spec';
import { parseJson } from '../util/json.ts';
import type { Message } from './plugin.ts';

/** Characters of what is said of a message that is not what it has to be. */
const MAX_DETAIL = 500;

/** A message that is not what the plug-in takes, in one sentence for who wrote the client. */
export class InvalidInput {
  readonly detail: string;

  constructor(detail: string) {
    this.detail = detail.slice(0, MAX_DETAIL);
  }
}

/** What a schema makes of a message, which is text in JSON, or `InvalidInput`. A promise only where the schema gives one. */
export function readInput(schema: StandardSchemaV1, message: Message): unknown {
  if (typeof message !== 'string') return new InvalidInput('must be text in JSON, not binary');
  const json = parseJson(message);
  if (json === undefined) return new InvalidInput('must be text in JSON');
  const result = schema['~standard'].validate(json);
  return result instanceof Promise ? result.then(inputOf) : inputOf(result);
}

function inputOf(result: StandardSchemaV1.Result<unknown>): unknown {
  return result.issues ? new InvalidInput(result.issues.map(describe).join('; ')) : result.value;
}

/** As one would write it: `cell.0: Invalid type`. */
function describe({ path = [], message }: StandardSchemaV1.Issue): string {
  const keys = path.map((segment) => String(typeof segment === 'object' ? segment.key : segment));
  return keys.length === 0 ? message : `${keys.join('.')}: ${message}`;
}
