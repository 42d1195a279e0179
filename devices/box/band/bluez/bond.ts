/**
 * Makes a bond with a wristband whose window is open, and gives one up. A bond confirms no number: the two buttons
 * that open the windows are the proof.
 * @source catalogue WB-14, BX-04
 */
import type { Clock } from "#platform/clock/port.ts";
import { isTrouble } from "#platform/trouble.ts";
import { bandGatt } from "#wire/gatt.ts";
import { Seconds } from "#wire/units.ts";

import type { Bonded } from "../port.ts";
import { connectBand } from "./connection.ts";
import { duringSession, type RadioSession } from "./session.ts";
import { bandTrouble, refusalOf } from "./trouble.ts";

/** BlueZ gives up by itself before. */
const pairWithin = Seconds(90);
/** Refusals of the other side, or of its silence. */
const refused: ReadonlySet<string> = new Set([
  "AuthenticationCanceled",
  "AuthenticationFailed",
  "AuthenticationRejected",
  "AuthenticationTimeout",
]);

/**
 * Makes a bond. One that stands already is tried: a wristband that was reset has lost its key, and is bonded with
 * anew.
 */
export async function makeBond(clock: Clock, address: string): Promise<Bonded> {
  const made = await duringSession(clock, (session) => pair(session, address));
  if (made !== "exists") return made;
  if (await hasKey(clock, address)) return { kind: "bonded" };
  return duringSession(clock, async (session) => {
    await giveUp(session, address);
    await session.discover([bandGatt.service]);
    await session.until(() => session.knows(address), "it is not heard any more");
    const again = await pair(session, address);
    return again === "exists" ? { kind: "bonded" } : again;
  });
}

/** Gives a bond up, if there is one. */
export async function giveUp(session: RadioSession, address: string): Promise<void> {
  try {
    const body = [session.pathOf(address)];
    await session.call({ member: "RemoveDevice", signature: "o", body });
  } catch (error) {
    if (refusalOf(error) !== "DoesNotExist") throw error;
  }
}

async function pair(session: RadioSession, address: string): Promise<Bonded | "exists"> {
  try {
    const device = await session.device(address);
    await session.ask(device.pair(), { within: pairWithin, late: "band-unreachable" });
    // The bond's own connection belongs to nobody.
    await session.ask(device.disconnect()).catch(() => undefined);
    return { kind: "bonded" };
  } catch (error) {
    const refusal = refusalOf(error) ?? "";
    if (refusal === "AlreadyExists") return "exists";
    if (refused.has(refusal)) return { kind: "refused", why: refusal };
    throw bandTrouble(error);
  }
}

/** Whether the other side is let in by the bond that stands. */
async function hasKey(clock: Clock, address: string): Promise<boolean> {
  try {
    const connection = await connectBand(clock, address);
    await connection.close();
    return true;
  } catch (error) {
    if (isTrouble(error, "band-unreachable")) return false;
    throw error;
  }
}
