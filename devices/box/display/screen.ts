/**
 * What stands on the box's screen: the time and that all is well, or what is wrong, in codes that a person can read out on
 * the telephone.
 *
 * @source catalogue BX-14
 */

/** What may be wrong with the box itself. */
export const faultKinds = ["bluetooth", "ethernet", "sim", "disk", "clock"] as const;
export type FaultKind = (typeof faultKinds)[number];

/** What stands on the screen for each, and is read out to the support. */
export const screenCodes: Readonly<Record<FaultKind, string>> = {
  bluetooth: "E1",
  ethernet: "E2",
  sim: "E3",
  disk: "E4",
  clock: "E5",
};

/** What the people of the home are to look after. @source catalogue PE-11 */
export const warningKinds = ["battery_low", "bluetooth_lost", "measure_failed"] as const;
export type WarningKind = (typeof warningKinds)[number];

/** What stands on the screen. */
export interface ScreenModel {
  /** Of the home's zone, `14:02`. */
  readonly time: string;
  /** Empty when all is well; the first is the worst. */
  readonly codes: readonly string[];
  readonly warnings: readonly WarningKind[];
}

const warningWords: Readonly<Record<WarningKind, string>> = {
  battery_low: "Rechargez le bracelet",
  bluetooth_lost: "Rapprochez le bracelet du boîtier",
  measure_failed: "Refaites la mesure",
};

/** The lines of a screen, as people read them. */
export function screenText({ time, codes, warnings }: ScreenModel): string {
  const state = codes.length === 0 ? "Tout va bien" : `Panne ${codes.join(" ")}`;
  return [time, state, ...warnings.map((kind) => warningWords[kind])].join("\n");
}
