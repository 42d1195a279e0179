/**
 * What a wristband says, and what that comes to: messages to the cloud, readings that wait for their batch, people to tell.
 *
 * @source catalogue BX-07 to BX-13; DESIGN §4
 */
import type { Log } from "#platform/log.ts";
import {
  type AnswerBody,
  type BandMetric,
  bandMetrics,
  type EventBody,
  type ReadingsBody,
  type ReportedBody,
  type SettledBody,
  type UpBody,
  type UpdateBody,
} from "#wire/bodies/up-body.ts";
import { decodeUp } from "#wire/bodies/up.ts";
import { isProfile, type ProfileName } from "#wire/cadence.ts";
import type { DataFrame } from "#wire/frames/frame.ts";
import type { Serial } from "#wire/identity.ts";
import type { DeviceEvent } from "#wire/messages.ts";
import type { Instant } from "#wire/units.ts";

import { eventDraft, isEmergency, readingsDraft, reportedDraft } from "../draft.ts";
import type { Gathering } from "../gathering.ts";
import { allOf, type Consequence } from "../journal.ts";
import { partsOf } from "../leaves.ts";
import { waitingJson, type WaitingReading } from "../readings-flow.ts";
import type { BandDating } from "./dating.ts";
import { readingOf, undatedFlow } from "./undated.ts";

/** What hearing needs. */
interface HearingPorts {
  readonly device: Serial;
  readonly dating: BandDating;
  readonly gathering: Gathering;
  readonly log: Log;
  /** People are to be told. */
  readonly emergency: (event: Pick<DeviceEvent, "id" | "kind">) => Consequence;
  /** What became of leaves, and of a command. */
  readonly settled: (body: SettledBody, t: Instant) => Consequence;
  readonly answered: (body: AnswerBody, t: Instant) => Consequence;
  /** It works by this profile. */
  readonly profile: (name: ProfileName) => Consequence;
  /** Percent; whenever it is heard. */
  readonly battery: (percent: number) => void;
}

/** See above. */
export class Hearing {
  readonly #ports: HearingPorts;

  constructor(ports: HearingPorts) {
    this.#ports = ports;
  }

  /** What a frame that has not been heard before comes to. */
  hear({ body: bytes, epoch }: DataFrame): Consequence {
    const { device, log } = this.#ports;
    const body = decodeUp(bytes);
    if (body.kind === "refused") {
      // Kept as taken: what cannot be read now cannot be read when it comes again.
      log.error("illegible body", { device, fault: body.fault });
      return {};
    }
    return this.#hear(body, epoch);
  }

  #hear(body: UpBody, epoch: number): Consequence {
    const { dating, settled, answered } = this.#ports;
    switch (body.kind) {
      case "readings":
        return this.#readings(body, epoch);
      case "event":
        return this.#event(body, epoch);
      case "reported":
        return this.#reported(body, dating.soon(body.t, epoch));
      case "settled":
        return settled(body, dating.soon(body.t, epoch));
      case "answer":
        return answered(body, dating.soon(body.t, epoch));
      case "update":
        return this.#update(body, dating.soon(body.t, epoch));
      case "clock":
        break;
    }
    return this.#clock(epoch, body.wall - body.t.ms);
  }

  #readings(body: ReadingsBody, epoch: number): Consequence {
    const { device, dating, gathering, battery } = this.#ports;
    const told = dating.of(body.t, epoch);
    const noticed = { act: () => battery(body.battery) };
    const state = {
      battery: body.battery,
      ...(body.firmware !== "" && { firmware: body.firmware }),
    };
    if (body.readings.length === 0) {
      const t = dating.soon(body.t, epoch);
      return { ...noticed, drafts: [readingsDraft({ device, t, ...state, readings: [] })] };
    }
    const waiting = body.readings.map((one): WaitingReading => ({
      ...state,
      reading: readingOf(one, told),
    }));
    const flows =
      told === undefined
        ? [[`${undatedFlow}${epoch}`, waiting] as const]
        : bandMetrics.map((metric) => [metric, ofMetric(waiting, metric)] as const);
    const joins = flows
      .filter(([, ofFlow]) => ofFlow.length > 0)
      .map(([flow, ofFlow]) => gathering.gather(device, flow, ofFlow.map(waitingJson)));
    return allOf([...joins, noticed]);
  }

  #event(body: EventBody, epoch: number): Consequence {
    const { device, dating, emergency } = this.#ports;
    const { event: kind, number, cause, quality } = body;
    const id = `${device}-${epoch.toString(36)}-${number}`;
    const detail = cause === "unknown" ? {} : { detail: cause };
    const t = dating.soon(body.t, epoch);
    const kept = { drafts: [eventDraft({ id, kind, device, t, quality, ...detail })] };
    return isEmergency(kind) ? allOf([kept, emergency({ id, kind })]) : kept;
  }

  #reported({ leaves }: ReportedBody, t: Instant): Consequence {
    const { device, log, profile } = this.#ports;
    const parts = partsOf(leaves);
    if (parts === undefined) {
      log.error("report of unknown parts", { device });
      return {};
    }
    const kept = { drafts: [reportedDraft(device, { t, parts })] };
    const name = parts.config?.["profile"];
    return isProfile(name) ? allOf([kept, profile(name)]) : kept;
  }

  #update({ state, have, code }: UpdateBody, t: Instant): Consequence {
    const { device } = this.#ports;
    const update = { state, bytes: have, code: code === "" ? null : code };
    return { drafts: [reportedDraft(device, { t, parts: { firmware: { update } } })] };
  }

  /** That life's start is known: what waited for it can go, and what waits for another one's will wait in vain. */
  #clock(epoch: number, start: number): Consequence {
    const { device, dating, gathering } = this.#ports;
    const flush = (): void => {
      for (const flow of gathering.waiting(device)) {
        if (flow.startsWith(undatedFlow)) gathering.flush(device, flow);
      }
    };
    return allOf([dating.learn(epoch, start), { act: flush }]);
  }
}

function ofMetric(waiting: readonly WaitingReading[], metric: BandMetric): WaitingReading[] {
  return waiting.filter(({ reading }) => reading.metric === metric);
}
