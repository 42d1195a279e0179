/**
 * What is to be seen: of all that could be said, the most urgent; drawn again only when it changes.
 * @source catalogue WB-02, WB-18
 */
import { batteryStep, lineMost, looksSame, type Picture, type Sign, signs } from "./picture.ts";
import type { BandPower } from "./ports.ts";

export interface Display {
  /** Says something, until it is cleared or said otherwise. */
  show(sign: Sign, title: string, detail?: string): void;
  clear(sign: Sign): void;
  /** The box has been out of reach for a while, or is back. */
  far(far: boolean): void;
  /** Draws what has changed since the last time, if anything. */
  refresh(power: BandPower): void;
  picture(): Picture | undefined;
}

interface Notice {
  readonly title: string;
  readonly detail: string;
}

/** A display that says that all is well until it is told otherwise. */
export function createDisplay(draw: (picture: Picture) => void): Display {
  const notices: (Notice | undefined)[] = signs.map(() => undefined);
  notices[signs.indexOf("well")] = { title: "TOUT VA BIEN", detail: "" };
  let isFar = false;
  let shown: Picture | undefined;
  return {
    show: (sign, title, detail = "") => {
      notices[signs.indexOf(sign)] = {
        title: title.substring(0, lineMost),
        detail: detail.substring(0, lineMost),
      };
    },
    clear: (sign) => {
      notices[signs.indexOf(sign)] = undefined;
    },
    far: (far) => {
      isFar = far;
    },
    refresh: ({ level, plugged }) => {
      let place = 0;
      while (notices[place] === undefined) place += 1;
      const { title, detail } = notices[place] ?? { title: "", detail: "" };
      const picture: Picture = {
        ...{ sign: signs[place] ?? "well", title, detail },
        ...{ battery: batteryStep(level), charging: plugged, far: isFar },
      };
      if (shown !== undefined && looksSame(shown, picture)) return;
      shown = picture;
      draw(picture);
    },
    picture: () => shown,
  };
}
