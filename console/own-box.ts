/** The box of one's own in `demo.json`, spoken for by an unmodified `mosquitto_pub`, for the live tests. */

/** What is needed to speak for it. */
export interface OwnBox {
  readonly mqtt: string;
  readonly ca: string;
  readonly box: {
    readonly serial: string;
    readonly wristband: string;
    readonly tenant: string;
    readonly cert: string;
    readonly key: string;
  };
}

/** What its wristband says; values in the units of the wire. */
export interface Told {
  readonly battery?: number;
  readonly heartRate?: number;
  readonly temperature?: number;
  /** When it was so, ms. */
  readonly at: number;
}

/** What a box keeps back, as its heartbeat tells. */
export interface Kept {
  readonly depth: number;
  /** When the oldest of it was so, ms. */
  readonly oldest: number | null;
}

/** A connection of the box that stays. */
export interface Held {
  readonly beat: (kept: Kept) => number | Promise<number>;
  readonly end: () => Promise<unknown>;
}

/** A way to speak for the box and its wristband; messages are numbered as a box numbers them. */
export function speakFor({ mqtt, ca, box }: OwnBox): {
  readonly tell: (told: Told) => Promise<void>;
  readonly raise: (kind: string) => Promise<void>;
  readonly hold: () => Held;
} {
  const epoch = `e${Date.now()}`;
  let seq = 0;
  const command = (rest: string): readonly string[] => [
    ...["mosquitto_pub", "-h", "127.0.0.1", "-p", new URL(mqtt).port, "--tls-version", "tlsv1.3"],
    ...["--cafile", ca, "--cert", box.cert, "--key", box.key],
    ...["-t", `vigie/v1/${box.tenant}/${box.serial}/${rest}`],
  ];
  const publish = async (channel: string, body: unknown): Promise<void> => {
    const words = command(`${box.wristband}/${channel}`);
    const child = Bun.spawn([...words, "-q", "1", "-m", JSON.stringify(body)]);
    const code = await child.exited;
    if (code !== 0) throw new Error(`mosquitto_pub ended with ${code}`);
  };
  return {
    tell: ({ battery, heartRate, temperature, at }) => {
      const head = { bn: `urn:dev:vigie:${box.wristband}:`, n: "epoch", vs: epoch };
      const records = [
        { n: "battery", u: "%EL", v: battery },
        { n: "heart-rate", u: "beat/min", v: heartRate, t: at / 1000, d: 120, q: 90 },
        { n: "temperature", u: "Cel", v: temperature, t: at / 1000 },
      ];
      const known = records.filter(({ v }) => v !== undefined);
      return publish("readings", [head, { n: "seq", v: ++seq }, ...known]);
    },
    raise: (kind) =>
      publish("event", {
        id: `${kind.replaceAll("_", "-")}-${epoch}-${++seq}`,
        epoch,
        seq,
        kind,
        device: box.wristband,
        t: Date.now(),
        quality: 87,
      }),
    hold: () => {
      const child = Bun.spawn([...command(`${box.serial}/alive`), "-l"], { stdin: "pipe" });
      return {
        beat: (buffer) => {
          const alive = { t: Date.now(), sent: [], links: [], buffer, power: "mains" };
          void child.stdin.write(`${JSON.stringify(alive)}\n`);
          return child.stdin.flush();
        },
        end: () => {
          child.kill();
          return child.exited;
        },
      };
    },
  };
}
