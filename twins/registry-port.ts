/**
 * The registry: which devices exist, whose they are, which box they hang on, which certificate speaks for them.
 *
 * Kept in SQL (Drizzle), dated; every process holds it in memory and follows `vigie:control`.
 */
import type { BoxSerial, DeviceKind, Serial, Tenant } from "#wire/identity.ts";
import type { Instant } from "#wire/units.ts";

export interface RegisteredDevice {
  readonly serial: Serial;
  readonly kind: DeviceKind;
  readonly tenant: Tenant;
  /** The box it hangs on; a box's own serial for a box; null when linked to none. */
  readonly box: BoxSerial | null;
  /** SHA-256 of the DER certificate, lower-case hex; boxes only. */
  readonly fingerprint: string | null;
  readonly enrolledAt: Instant;
  readonly revokedAt: Instant | null;
}

/** What changed in it. */
export type RegistryChange =
  | { readonly kind: "enrolled"; readonly device: RegisteredDevice }
  | { readonly kind: "revoked"; readonly device: RegisteredDevice }
  | { readonly kind: "linked"; readonly device: RegisteredDevice };

/** The registry as a reader in memory sees it. */
export interface Registry {
  device(serial: string): RegisteredDevice | undefined;
  /** The box whose certificate has this fingerprint, revoked or not. */
  byFingerprint(fingerprint: string): RegisteredDevice | undefined;
  /** The devices that hang on a box, itself first. */
  behind(box: BoxSerial): readonly RegisteredDevice[];
  all(): Iterable<RegisteredDevice>;
  /** Calls `listener` after each change; answers how to stop. */
  watch(listener: (change: RegistryChange) => void): () => void;
}
