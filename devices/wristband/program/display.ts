/**
 * What is to be seen: of all that could be said, the most urgent; drawn again only when it changes.
 * @source catalogue WB-02, WB-18
 */
import { batteryStep, lineMost, looksSame, type Picture, type Sign, signs } from "./picture.ts";
import type { BandPower } from "./ports.ts";
import type { Scheduler } from "./scheduler.ts";

export interface Display {
  /** Says something, until it is cleared or said otherwise. */
  show(sign: Sign, title: string, detail?: string): void;
  clear(sign: Sign): void;
  /** The box has been out of reach for a while, or is back. */
  far(far: boolean): void;
  /** As the battery is now. */
  power(power: BandPower): void;
  picture(): Picture | undefined;
}

interface Notice {
  readonly title: string;
  readonly detail: string;
}

/** A display that says that all is well until it is told otherwise; drawn in its own turn. */
export function createDisplay(scheduler: Scheduler, draw: (picture: Picture) => void): Display {
  const notices: (Notice | undefined)[] = signs.map(() => undefined);
  let shown: Picture | undefined;
  let bars = { battery: 0, charging: false, far: false };
  const turn = scheduler.add({
    name: "display",
    periodMs: 0,
    run: () => {
      let place = 0;
      while (notices[place] === undefined) place += 1;
      const { title, detail } = notices[place] ?? { title: "", detail: "" };
      const picture: Picture = { sign: signs[place] ?? "well", title, detail, ...bars };
      if (shown !== undefined && looksSame(shown, picture)) return false;
      shown = picture;
      draw(picture);
      return false;
    },
  });
  const put = (sign: Sign, notice: Notice | undefined): void => {
    const place = signs.indexOf(sign);
    if (notices[place] === notice) return;
    notices[place] = notice;
    turn.wake(0);
  };
  put("well", { title: "TOUT VA BIEN", detail: "" });
  return {
    show: (sign, title, detail = "") => {
      put(sign, { title: title.substring(0, lineMost), detail: detail.substring(0, lineMost) });
    },
    clear: (sign) => put(sign, undefined),
    far: (far) => {
      bars = { ...bars, far };
      turn.wake(0);
    },
    power: ({ level, plugged }) => {
      const battery = batteryStep(level);
      if (battery === bars.battery && plugged === bars.charging) return;
      bars = { ...bars, battery, charging: plugged };
      turn.wake(0);
    },
    picture: () => shown,
  };
}
