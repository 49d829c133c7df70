import { MAX_PLUGIN_STATE_BYTES } from '../config/limits.ts';
import { stringifyJson } from '../util/json.ts';
import { utf8Length } from '../util/text.ts';

/**
 * A state as it is kept: what is read before the room sleeps is what is read after it.
 *
 * @throws RangeError where it is too large, TypeError where JSON can not say it
 */
export function copyState(state: unknown): unknown {
  const json = stringifyJson(state);
  const bytes = utf8Length(json);
  if (bytes <= MAX_PLUGIN_STATE_BYTES) return JSON.parse(json);
  throw new RangeError(`The state of a connection is ${bytes} bytes of JSON, more than ${MAX_PLUGIN_STATE_BYTES}`);
}
