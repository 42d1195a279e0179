/** A D-Bus of one's own, for tests: nothing of the machine's bus is seen or touched. */
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { startChild } from "#platform/children.ts";
import type { Clock } from "#platform/clock/port.ts";
import { Millis } from "#wire/units.ts";

/** A bus that runs. */
export interface PrivateBus {
  /** For `DBUS_SYSTEM_BUS_ADDRESS`. */
  readonly address: string;
  readonly pid: number;
  stop(): Promise<void>;
}

const config = (address: string): string => `<busconfig>
  <type>session</type>
  <listen>${address}</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
`;

/** Starts a bus; resolves when it listens. */
export async function startPrivateBus(clock: Clock): Promise<PrivateBus> {
  const folder = mkdtempSync(join(tmpdir(), "bus-"));
  const socket = join(folder, "socket");
  const address = `unix:path=${socket}`;
  const path = join(folder, "bus.conf");
  await Bun.write(path, config(address));
  const child = startChild(["dbus-daemon", `--config-file=${path}`, "--nofork"], { clock });
  while (!existsSync(socket)) await clock.sleep(Millis(10));
  return {
    address,
    pid: child.pid,
    stop: async () => {
      await child.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
