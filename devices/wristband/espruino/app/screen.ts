/** The program's picture on the watch's display: a sign, two lines, the battery. */
import { type Picture, type Sign } from "#devices/wristband/program/picture.ts";

import type { GraphicsApi, Watch } from "./watch.ts";

/** What stands for a sign, and its colour: light on black, which a display without a lamp shows best. */
const looks: Readonly<Record<Sign, readonly [string, string]>> = {
  well: [":)", "#0f0"],
  ask: ["?", "#ff0"],
  calling: ["SOS", "#f00"],
  called: ["SOS", "#0f0"],
  error: ["!", "#f00"],
  low: ["!", "#ff0"],
  charging: ["+", "#0ff"],
  off: ["-", "#fff"],
  pairing: ["<>", "#0ff"],
  here: ["*", "#0ff"],
  update: ["...", "#fff"],
  news: ["OK", "#0f0"],
  recovery: ["USB", "#f00"],
};

/** Signs that the wearer must see now: the display is woken for them. */
const urgent: readonly Sign[] = ["ask", "calling", "called", "here", "pairing", "error"];

/** The display, which is another app's until it is shown. */
export interface Screen {
  readonly draw: (picture: Picture) => void;
  readonly show: () => void;
}

/** A display that nothing was drawn on; until it is shown, only what the wearer must see now is. */
export function createScreen(watch: Watch): Screen {
  let ours = false;
  let latest: Picture | undefined;
  return {
    draw: (picture) => {
      latest = picture;
      const pressing = urgent.indexOf(picture.sign) >= 0;
      if (pressing) watch.bangle.setLCDPower(true);
      if (ours || pressing) drawPicture(watch.graphics, picture);
    },
    show: () => {
      ours = true;
      if (latest !== undefined) drawPicture(watch.graphics, latest);
    },
  };
}

function drawPicture(screen: GraphicsApi, picture: Picture): void {
  const [sign, colour] = looks[picture.sign];
  const middle = screen.getWidth() / 2;
  const height = screen.getHeight();
  screen
    .reset()
    .setColor("#000")
    .fillRect({ x: 0, y: 0, x2: 2 * middle, y2: height });
  screen
    .setFontAlign(0, 0)
    .setColor(colour)
    .setFont("Vector", height / 3);
  screen.drawString(sign, middle, height * 0.4);
  screen.setColor("#fff");
  drawLine(screen, picture.title, { high: height / 9, at: 0.7 });
  drawLine(screen, picture.detail, { high: height / 12, at: 0.85 });
  drawBattery(screen, picture);
  screen.flip();
}

/** How wide a letter is of its height, with some room. */
const letterShare = 0.62;

/** A line in the middle, as high as asked unless it would be too wide; `at` is its share of the display's height. */
function drawLine(
  screen: GraphicsApi,
  text: string,
  { high, at }: { readonly high: number; readonly at: number },
): void {
  const width = screen.getWidth();
  const fitting = width / (letterShare * Math.max(1, text.length));
  screen.setFont("Vector", Math.min(high, fitting));
  screen.drawString(text, width / 2, screen.getHeight() * at);
}

/** Five fields in the corner, as many full as fifths are left; a dash over them when the box is far. */
function drawBattery(screen: GraphicsApi, { battery, charging, far }: Picture): void {
  const right = screen.getWidth() - 6;
  screen.setColor(battery <= 1 && !charging ? "#f00" : "#fff");
  for (let fifth = 0; fifth < 5; fifth++) {
    const x = right - 50 + 10 * fifth;
    const field = { x, y: 4, x2: x + 7, y2: 16 };
    if (fifth < battery) screen.fillRect(field);
    else screen.drawRect(field);
  }
  screen.setFont("Vector", 14).setFontAlign(-1, -1);
  screen.drawString(`${charging ? "+" : ""}${far ? " !" : ""}`, 4, 4);
}
