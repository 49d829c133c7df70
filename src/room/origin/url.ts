import { TEMPLATE_PARAM } from '../../config/pattern.ts';
import { type ResolvedRoomOrigin, splitUrl } from '../../config/room-origin.ts';
import { encodeSegment } from '../../util/text.ts';

/** The URL of the origin of the room of that name. What the name holds stands in it percent-encoded, as it does there. */
export function originUrl({ url, room }: Pick<ResolvedRoomOrigin, 'url' | 'room'>, name: string): string {
  const { authority, rest } = splitUrl(url);
  const values = paramsOf(room, name);
  return authority + rest.replace(TEMPLATE_PARAM, (_, param: string) => values.get(param) ?? '');
}

/** What a room's name holds for the parameters of its template: each segment of that has one at most. */
function paramsOf(template: string, name: string): Map<string, string> {
  const segments = name.split('/');
  const values = template.split('/').flatMap((segment, index) => {
    const [before = '', param, after = ''] = segment.split(TEMPLATE_PARAM);
    if (param === undefined) return [];
    const value = segments[index] ?? '';
    const end = value.length - encodeSegment(after).length;
    return [[param, value.slice(encodeSegment(before).length, end)] as const];
  });
  return new Map(values);
}
