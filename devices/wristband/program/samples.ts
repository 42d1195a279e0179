/**
 * Samples that a sensor has given and no task has looked at yet: a queue in memory given once.
 *
 * Sensors speak whenever they like; the detectors run in their task's turn. When a task is late, the
 * oldest samples go, and are counted.
 * @source catalogue WB-12
 */

/** Whoever takes the samples; `values` is lent. */
export type SampleSink = (t: number, values: Int16Array) => void;

export interface Samples {
  /** Keeps one sample; what is beyond 16 bits is cut to them. */
  push(t: number, values: ArrayLike<number>): void;
  /** Hands on all that is there, oldest first. */
  drain(sink: SampleSink): void;
  /** Samples that went unseen. */
  lost(): number;
}

/** Bytes of a queue. */
export function samplesBytes(size: {
  readonly capacity: number;
  readonly channels: number;
}): number {
  return size.capacity * (8 + 2 * size.channels);
}

/** A queue of `capacity` samples of so many channels. */
export function createSamples(size: {
  readonly capacity: number;
  readonly channels: number;
}): Samples {
  const { capacity, channels } = size;
  const times = new Float64Array(capacity);
  const store = new Int16Array(capacity * channels);
  const lent = new Int16Array(channels);
  let first = 0;
  let count = 0;
  let lost = 0;
  const drop = (): void => {
    first = (first + 1) % capacity;
    count -= 1;
  };
  return {
    push: (t, values) => {
      if (count === capacity) {
        drop();
        lost += 1;
      }
      const place = (first + count) % capacity;
      times[place] = t;
      for (let channel = 0; channel < channels; channel += 1) {
        store[place * channels + channel] = within16Bits(values[channel] ?? 0);
      }
      count += 1;
    },
    drain: (sink) => {
      for (let waiting = count; waiting > 0; waiting -= 1) {
        for (let channel = 0; channel < channels; channel += 1) {
          lent[channel] = store[first * channels + channel] ?? 0;
        }
        const t = times[first] ?? 0;
        drop();
        sink(t, lent);
      }
    },
    lost: () => lost,
  };
}

function within16Bits(value: number): number {
  if (value > 32_767) return 32_767;
  return value < -32_768 ? -32_768 : Math.round(value);
}
