/** The app as a loader for Bangle.js takes it: a folder of files and what they are. */
import { fileURLToPath } from "node:url";

import { sealOf, slots } from "../app/slots.ts";
import { firmware } from "../app/version.ts";
import { iconPng, iconScript } from "./icon.ts";
import { type Bundle, bundle } from "./pipeline.ts";

/** The app's name to the watch; every file of its own begins with it. */
const id = "vigie";

/** The two scripts of the app, as they come of the pipeline. */
export interface AppBundles {
  readonly app: Bundle;
  readonly boot: Bundle;
}

/** Bundles the app and what starts it. */
export async function bundleApp(): Promise<AppBundles> {
  return { app: await bundle(entryOf("main.ts")), boot: await bundle(entryOf("boot.ts")) };
}

function entryOf(name: string): string {
  return fileURLToPath(new URL(`../app/${name}`, import.meta.url));
}

/** The files of the folder, by name; the same bundles give the same bytes. */
export function appFiles({ app, boot }: AppBundles): Readonly<Record<string, string | Uint8Array>> {
  return {
    "app.js": sealed(onceThenShown(app.lowered)),
    "boot.js": `${boot.lowered}${behind}\n`,
    "app-icon.js": iconScript(),
    "app.png": iconPng(),
    "metadata.json": `${JSON.stringify(metadata, undefined, 2)}\n`,
    ChangeLog: changeLog,
    "README.md": readme,
  };
}

/** The start runs the program behind whatever is in front. */
const behind = `global.vigieBehind=1;eval(require("Storage").read("${slots.runs}"));delete global.vigieBehind;`;

/** Whoever runs the app's file wants it in front; when it runs already, its code is only passed over. */
function onceThenShown(script: string): string {
  return `if(!global.vigie){${script}}if(!global.vigieBehind)global.vigie.show();`;
}

/** A script with its checksum at its end. */
function sealed(script: string): string {
  return script + sealOf(Bun.hash.crc32(script));
}

const metadata = {
  id,
  name: "Vigie",
  shortName: "Vigie",
  version: firmware,
  description:
    "A wristband that calls for help: falls, heart rate and steps, told to a box at home.",
  icon: "app.png",
  type: "clock",
  tags: "health,bluetooth,clock",
  supports: ["BANGLEJS2"],
  readme: "README.md",
  storage: [
    { name: slots.runs, url: "app.js" },
    { name: `${id}.boot.js`, url: "boot.js" },
    { name: `${id}.img`, url: "app-icon.js", evaluate: true },
  ],
  data: [{ name: `${id}.json` }, { wildcard: `${id}.?*` }],
};

const changeLog = `${firmware}: the wristband's program: falls, heart rate, steps, help at a press\n`;

const readme = `# Vigie

Detects falls, measures heart rate and counts steps, and tells a box at home over Bluetooth. Hold the button for three
seconds to call for help; press it shortly to say that all is well. Touch the display for long to pair with a box.

This is a development kit and no medical device.
`;
