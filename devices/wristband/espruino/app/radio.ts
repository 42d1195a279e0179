/**
 * The radio of the watch as one end of the link: frames out by indication or notification, frames in by writes.
 *
 * The emergency lane is indicated: the radio itself confirms it. While one indication is under way the watch refuses
 * another; the frame is not lost, since whoever sends frames sends them until they are acknowledged.
 * @source wire/gatt.ts; spec/firmware.md §3.1
 */
import type { RadioEnd } from "#devices/link/radio.ts";
import { frameBytesMost, isEmergency } from "#wire/frames/frame.ts";
import { bandAdvertisement, bandGatt, encodeBandState } from "#wire/gatt.ts";

import type { Characteristic, Watch } from "./watch.ts";

/** The band's end of the radio, and what it says of itself to whoever listens. */
export interface WatchRadio extends RadioEnd {
  advertise(state: { readonly pairing: boolean }): void;
}

/** Sets up service, security and name; `serial` is at most as long as an advertisement carries. */
export function openRadio(watch: Watch, serial: string): WatchRadio {
  const { nrf } = watch;
  let up = false;
  let take = (_bytes: Uint8Array): void => {};
  let changed = (_up: boolean): void => {};
  const relink = (now: boolean): void => {
    if (now === up) return;
    up = now;
    changed(up);
  };
  // A link counts when it is encrypted: only a bonded box can read or write the service.
  watch.onSecurity(() => relink(nrf.getSecurityStatus().encrypted === true));
  watch.onDisconnect(() => relink(false));
  nrf.setServices(
    servicesWith((bytes) => take(bytes)),
    {
      advertise: [bandGatt.service],
      uart: true,
    },
  );
  return {
    get up() {
      return up;
    },
    send: (bytes) => {
      if (up) post(nrf, bytes);
    },
    onFrame: (taker) => {
      take = taker;
    },
    onLink: (listener) => {
      changed = listener;
    },
    advertise: ({ pairing }) => {
      nrf.setSecurity({ pair: pairing, bond: true, lesc: true });
      nrf.setAdvertising(
        {},
        {
          name: serial,
          showName: true,
          connectable: true,
          discoverable: true,
          manufacturer: bandAdvertisement.company,
          manufacturerData: encodeBandState({ pairing }),
        },
      );
    },
  };
}

const security = { read: { encrypted: true }, write: { encrypted: true } };

/** The service, with room for a whole frame in each value: without, its first value would be its longest. */
function servicesWith(
  take: (bytes: Uint8Array) => void,
): Record<string, Record<string, Characteristic>> {
  const said = { value: [0], maxLen: frameBytesMost, readable: true, security };
  return {
    [bandGatt.service]: {
      [bandGatt.emergency]: { ...said, indicate: true },
      [bandGatt.routine]: { ...said, notify: true },
      [bandGatt.told]: {
        value: [0],
        maxLen: frameBytesMost,
        writable: true,
        security,
        onWrite: ({ data }) => take(new Uint8Array(data)),
      },
    },
  };
}

function post(nrf: Watch["nrf"], bytes: Uint8Array): void {
  const urgent = isEmergency(bytes);
  const name = urgent ? bandGatt.emergency : bandGatt.routine;
  const value = urgent ? { value: bytes, indicate: true } : { value: bytes, notify: true };
  try {
    nrf.updateServices({ [bandGatt.service]: { [name]: value } });
  } catch {
    // Busy, or about to restart: the frame is sent again when no acknowledgement comes.
  }
}
