/** What the bootloader does in each state, on the flash of a small wristband. */
import { describe, expect, test } from "bun:test";

import {
  backupBytes,
  cutAfter,
  type Firmware,
  firmware,
  layout,
  live,
  mainBytes,
  newBand,
  same,
  type SceneBand,
  stage,
} from "./band-scene.ts";
import { boot, crashesMost } from "./bootloader.ts";
import { readCounter } from "./counter.ts";
import { decide, type Row } from "./decision.ts";
import { PowerCut } from "./flash.ts";
import { versionText } from "./image.ts";
import { confirmMain, prepareStaging, requestSwap } from "./staging.ts";
import { eraseTrailer, readTrailer, writeMagic } from "./trailer.ts";
import { screenLine } from "./verdict.ts";

const v1 = firmware(1);
const v2 = firmware(2, { bodyBytes: 256 });
const v3 = firmware(3, { bodyBytes: 60 });

/** The row that the table gives now. */
function rowOf({ flash }: SceneBand): Row {
  return decide(readTrailer(flash, layout.main), readTrailer(flash, layout.backup)).row;
}

/** What a start says, in short. */
function started(band: SceneBand, crashes = 0): string {
  const booted = boot(band, { crashes });
  if (booted.kind === "recovery") return "recovery";
  const words = [versionText(booted.version), booted.confirmed ? "confirmed" : "on trial"];
  if (booted.refused !== undefined) words.push(booted.refused);
  return words.join(" ");
}

/** A band whose update was put in and confirmed: main 2.0.0, backup 1.0.0. */
function updated(update: Firmware = v2): SceneBand {
  const band = newBand(v1);
  expect(live(band, { firmwares: [v1, update], update }).end).toBe(update.version);
  return band;
}

describe("spec/ota §4: each row, as it is met on a wristband", () => {
  test("row V, WB-09: a healthy main is started, and no byte of the flash is touched", () => {
    const band = newBand(v1);
    const before = band.flash.operations;
    expect(started(band)).toBe("1.0.0 confirmed");
    expect(rowOf(band)).toBe("V");
    expect(band.flash.operations).toBe(before);
  });

  test("row II, WB-11, run_basic_upgrade: a staged image is put in on trial, the old one kept", () => {
    const band = newBand(v1);
    stage(band, v2);
    expect(rowOf(band)).toBe("II");
    expect(started(band)).toBe("2.0.0 on trial");
    expect(same(mainBytes(band, v2.file.length), v2.file)).toBe(true);
    expect(same(backupBytes(band, v1.file.length), v1.file)).toBe(true);
  });

  test("row IV, WB-10, run_basic_revert: an image that never confirms is sent back at the next start", () => {
    const band = newBand(v1);
    stage(band, v2);
    boot(band);
    expect(rowOf(band)).toBe("IV");
    expect(started(band)).toBe("1.0.0 confirmed");
    expect(started(band)).toBe("1.0.0 confirmed");
    expect(screenLine(boot(band))).toBe("MAJ ANNULEE (retour 1.0.0)");
  });

  test("run_norevert: an image that confirms stays", () => {
    const band = newBand(v1);
    stage(band, v2);
    boot(band);
    confirmMain(band, v2.counter);
    expect(started(band)).toBe("2.0.0 confirmed");
    expect(rowOf(band)).toBe("V");
    expect(screenLine(boot(band))).toBe("MAJ OK 2.0.0");
  });

  test("row III: an image put in for good needs no trial", () => {
    const band = newBand(v1);
    stage(band, v2, "permanent");
    expect(rowOf(band)).toBe("III");
    expect(started(band)).toBe("2.0.0 confirmed");
  });

  test("row 0: an exchange that was cut is resumed, not begun again", () => {
    const band = newBand(v1);
    stage(band, v2);
    band.flash.cutPower(cutAfter(60, "half"));
    expect(() => boot(band)).toThrow(PowerCut);
    band.flash.restorePower();
    expect(rowOf(band)).toBe("0");
    const before = band.flash.operations;
    expect(started(band)).toBe("2.0.0 on trial");
    expect(band.flash.operations - before).toBeLessThan(80);
  });

  test("row I, 1966: a way back that was marked is taken, also when main's trailer is gone", () => {
    const band = newBand(v1);
    stage(band, v2);
    boot(band);
    // Erase and three writes mark backup; the fifth operation erases main's trailer.
    band.flash.cutPower(cutAfter(6, "none"));
    expect(() => boot(band)).toThrow(PowerCut);
    band.flash.restorePower();
    expect(rowOf(band)).toBe("I");
    expect(started(band)).toBe("1.0.0 confirmed");
  });
});

describe("spec/ota §4: what is refused", () => {
  /** A wristband that was offered `update`, after `change` to its flash; what it says, and then. */
  function offered(update: Firmware, change: (band: SceneBand) => void = () => {}): string[] {
    const band = newBand(v1);
    stage(band, update);
    change(band);
    const refusing = boot(band);
    return [screenLine(refusing) ?? "", started(band), rowOf(band)];
  }

  test("run_signfail_upgrade, OT-07, F11: an image that does not match its digest", () => {
    const rot = (band: SceneBand): void => {
      const { sectorBytes } = layout.geometry;
      band.flash.rot((layout.backup.first + 1) * sectorBytes + 150, 4);
    };
    expect(offered(v2, rot)).toEqual(["MAJ REFUSEE sig", "1.0.0 confirmed", "V"]);
  });

  test("OT-09, F11: an image that no release key has signed, though its digest is right", () => {
    const file = v2.file.slice();
    file[70] = (file[70] ?? 0) ^ 1;
    expect(offered({ ...v2, file })).toEqual(["MAJ REFUSEE sig", "1.0.0 confirmed", "V"]);
  });

  test("F11: an image for another device", () => {
    const other = firmware(2, { hardware: 8 });
    expect(offered(other)).toEqual(["MAJ REFUSEE mat", "1.0.0 confirmed", "V"]);
  });

  test("run_nodowngrade, run_hw_rollback_prot, F11: an image below the security counter", () => {
    const band = updated(firmware(2, { counter: 5 }));
    expect(readCounter(band.flash, layout)).toBe(5);
    stage(band, firmware(3, { counter: 4 }));
    expect(started(band)).toBe("2.0.0 confirmed counter");
    stage(band, firmware(3, { counter: 5 }));
    expect(started(band)).toBe("3.0.0 on trial");
  });

  test("C3: the counter does not rise before the image is confirmed, so that it may go back", () => {
    const band = newBand(v1);
    stage(band, firmware(2, { counter: 5 }));
    boot(band);
    expect(readCounter(band.flash, layout)).toBe(0);
    expect(started(band)).toBe("1.0.0 confirmed");
  });

  test("A1: nothing is staged over the way back of an image on trial", () => {
    const band = newBand(v1);
    stage(band, v2);
    boot(band);
    expect(prepareStaging(band, v3.file.length)).toBe("unconfirmed");
    confirmMain(band, v2.counter);
    expect(prepareStaging(band, v3.file.length)).toBeUndefined();
    expect(prepareStaging(band, 3 * 128 + 1)).toBe("too_large");
  });

  test("2811: a factory image counts as confirmed, so that it can be updated", () => {
    const band = newBand(v1);
    expect(prepareStaging(band, v2.file.length)).toBeUndefined();
  });

  test("run_secondary_leftover_trailer: a request without an image is forgotten", () => {
    const band = newBand(v1);
    requestSwap(band, "test");
    expect(started(band)).toBe("1.0.0 confirmed format");
    expect(rowOf(band)).toBe("V");
  });
});

describe("WB-10, OT-08: what becomes of a main that cannot run", () => {
  test("WB-10: a confirmed main that keeps crashing gives way to the image before it", () => {
    const band = updated();
    expect(started(band, crashesMost - 1)).toBe("2.0.0 confirmed");
    expect(started(band, crashesMost)).toBe("1.0.0 confirmed");
    expect(screenLine(boot(band))).toBe("SECOURS");
    expect(started(band)).toBe("1.0.0 confirmed");
  });

  test("a main that crashes is kept when there is no other", () => {
    expect(started(newBand(v1), crashesMost)).toBe("1.0.0 confirmed");
  });

  test("a rotten main gives way to the image before it, also one below the counter", () => {
    const band = updated(firmware(2, { counter: 3 }));
    band.flash.rot(layout.main.first * 128 + 130, 1);
    expect(started(band)).toBe("1.0.0 confirmed");
    expect(screenLine(boot(band))).toBe("SECOURS");
  });

  test("a rotten main gives way to a staged image when there is nothing else", () => {
    const band = newBand(v1);
    stage(band, v2);
    eraseTrailer(band.flash, layout.backup);
    band.flash.rot(layout.main.first * 128 + 130, 1);
    expect(started(band)).toBe("2.0.0 on trial");
    // Its way back leads to the rotten image, and is not taken.
    expect(started(band)).toBe("2.0.0 on trial");
  });

  test("OT-08, WB-04: without any sound image the wristband waits for its cable", () => {
    const band = newBand(v1);
    band.flash.rot(layout.main.first * 128, 1);
    expect(started(band)).toBe("recovery");
    expect(screenLine(boot(band))).toBe("SECOURS");
  });

  test("an update on trial whose way back has rotted is kept", () => {
    const band = newBand(v1);
    stage(band, v2);
    boot(band);
    band.flash.rot(layout.backup.first * 128 + 140, 1);
    expect(started(band)).toBe("2.0.0 on trial");
  });
});

describe("what the flash holds afterwards", () => {
  test("WB-16: from any older version, an update leaves the same bytes in main", () => {
    const area = 3 * 128;
    const direct = updated(v3);
    const detour = newBand(v1);
    for (const update of [v2, firmware(4, { bodyBytes: 10 }), v3]) {
      expect(
        live(detour, { firmwares: [v1, v2, firmware(4, { bodyBytes: 10 }), v3], update }).end,
      ).toBe(update.version);
    }
    expect(same(mainBytes(direct, area), mainBytes(detour, area))).toBe(true);
  });

  test("run_with_status_fails: a record that cannot be written stops no exchange", () => {
    const band = newBand(v1);
    stage(band, v2);
    const program = band.flash.program.bind(band.flash);
    const status = (layout.main.first + 3) * 128;
    band.flash.program = (at, bytes) => {
      if (at !== status + 8) program(at, bytes);
    };
    expect(started(band)).toBe("2.0.0 on trial");
  });

  test("a magic that was torn asks for nothing", () => {
    const band = newBand(v1);
    band.flash.cutPower(cutAfter(0, "half"));
    expect(() => writeMagic(band.flash, layout.backup)).toThrow(PowerCut);
    band.flash.restorePower();
    expect(readTrailer(band.flash, layout.backup).magic).toBe("bad");
    expect(rowOf(band)).toBe("V");
  });
});
