/** Follows the notices to the doors (`twins/notice.ts`). */
import { parseNotice } from "#twins/notice.ts";
import { type FollowerDeps, followStreams } from "#twins/stream-follower.ts";
import type { Serial } from "#wire/identity.ts";

/** Who is told. */
export interface NoticeListener {
  /** There is something new about a device. */
  readonly notice: (device: Serial) => void;
  /** Notices may have gone by unseen: there may be something new about any device. */
  readonly lose: () => void;
}

/** Begins to follow; answers how to stop. */
export function followNotices(deps: FollowerDeps, { notice, lose }: NoticeListener): () => void {
  return followStreams(deps, {
    what: "notices",
    of: (q) => deps.keys.down(q),
    entry: (fields) => {
      const device = parseNotice(fields);
      if (device !== undefined) notice(device);
    },
    lose,
  });
}
