/**
 * What a start says of itself: on the e-paper in a few capitals, and to the box as a report.
 *
 * @source spec/ota.md §4 (e-paper codes, report after reboot); catalogue WB-17
 */
import type { Booted } from "./bootloader.ts";
import { type ImageFault, versionText } from "./image.ts";

/** As the patient and the nurse read it, French: by signature, version, hardware. */
const faults: Readonly<Record<ImageFault, "sig" | "ver" | "mat">> = {
  format: "sig",
  size: "sig",
  digest: "sig",
  signature: "sig",
  hardware: "mat",
  counter: "ver",
};

/** The line on the e-paper; undefined when there is nothing to say. */
export function screenLine(booted: Booted): string | undefined {
  if (booted.kind === "recovery") return "SECOURS";
  if (booted.refused !== undefined) return `MAJ REFUSEE ${faults[booted.refused]}`;
  const { lastSwap, confirmed } = booted;
  if (lastSwap === undefined) return undefined;
  const version = versionText(booted.version);
  if (lastSwap.type === "revert") {
    return lastSwap.cause === "unconfirmed" ? `MAJ ANNULEE (retour ${version})` : "SECOURS";
  }
  return confirmed ? `MAJ OK ${version}` : undefined;
}
