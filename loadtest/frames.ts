/**
 * Just enough MQTT 3.1.1 bytes to load a broker without being the bottleneck: CONNECT, SUBSCRIBE, PUBLISH at QoS 1
 * out; a reader that tells packets apart by their first byte and length.
 *
 * @source OASIS MQTT 3.1.1, sections 2 and 3
 */

/** First byte of the packets that a load generator receives. */
export const packet = { connack: 0x20, publish: 0x30, puback: 0x40, suback: 0x90 } as const;

/** CONNECT with a clean session, a user name and a keep-alive of 60 s. */
export function connectFrame(clientId: string): Uint8Array {
  const flags = 0b1000_0010;
  return frame(0x10, [text("MQTT"), bytes(4, flags, 0, 60), text(clientId), text(clientId)]);
}

/** SUBSCRIBE to one filter at QoS 1, packet id 1. */
export function subscribeFrame(filter: string): Uint8Array {
  return frame(0x82, [bytes(0, 1), text(filter), bytes(1)]);
}

/** PUBLISH at QoS 1. */
export function publishFrame(topic: string, id: number, payload: string): Uint8Array {
  return frame(0x32, [text(topic), bytes(id >> 8, id & 255), Buffer.from(payload)]);
}

/** PUBACK of a packet id. */
export function pubackFrame(id: number): Uint8Array {
  return bytes(packet.puback, 2, id >> 8, id & 255);
}

/** Calls `seen` with each complete packet of a byte stream, whatever the chunks. */
export function createFrameReader(
  seen: (type: number, body: Uint8Array) => void,
): (chunk: Uint8Array) => void {
  let rest: Uint8Array = new Uint8Array();
  return (chunk) => {
    let buffer = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    for (;;) {
      const head = headOf(buffer);
      if (head === undefined || buffer.length < head.size + head.length) break;
      seen(buffer[0] ?? 0, buffer.subarray(head.size, head.size + head.length));
      buffer = buffer.subarray(head.size + head.length);
    }
    rest = buffer.length === 0 ? buffer : Uint8Array.from(buffer);
  };
}

function headOf(buffer: Uint8Array): { size: number; length: number } | undefined {
  let length = 0;
  for (let i = 1; i < Math.min(buffer.length, 5); i++) {
    const byte = buffer[i] ?? 0;
    length |= (byte & 127) << (7 * (i - 1));
    if (byte < 128) return { size: i + 1, length };
  }
  return undefined;
}

function frame(first: number, parts: readonly Uint8Array[]): Uint8Array {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  return Buffer.concat([bytes(first, ...varint(length)), ...parts]);
}

function varint(value: number): number[] {
  const out: number[] = [];
  let rest = value;
  do {
    const byte = rest & 127;
    rest >>= 7;
    out.push(rest > 0 ? byte | 128 : byte);
  } while (rest > 0);
  return out;
}

function text(value: string): Uint8Array {
  const body = Buffer.from(value);
  return Buffer.concat([bytes(body.length >> 8, body.length & 255), body]);
}

function bytes(...values: number[]): Uint8Array {
  return Uint8Array.from(values);
}
