/**
 * One connection to Redis over Bun's client, which writes what is sent in one turn together
 * (pipelining).
 *
 * What the client leaves open is settled here: nothing waits while the connection is down, nothing
 * hangs when the server does, and a connection that ended is opened again for as long as it is
 * wanted.
 */
import { RedisClient } from "bun";

import type { Log } from "#platform/log.ts";
import { isTrouble, type Retry, Trouble } from "#platform/trouble.ts";

/** How to open connections. */
export interface ConnectionOptions {
  readonly log: Log;
  /**
   * The longest silence while an answer is due, ms (default 10,000); then the connection is cut and
   * opened again.
   */
  readonly patienceMs?: number;
}

/**
 * An open connection. `send` throws Trouble:
 * `redis-unreachable` (safe when the command was not sent or not run, otherwise ambiguous),
 * `redis-full` (safe), `redis-no-script` (safe), `group-missing`, `group-exists`, `key-missing`
 * (never), `redis-refused` (never: a bug of ours).
 */
export interface RedisConnection {
  /**
   * Answers as Bun converts them: maps are objects, null is null. `waitMs`: how long the command
   * may block.
   */
  send(command: string, args: string[], waitMs?: number): Promise<unknown>;
  /** Opens another connection to the same server; what blocks needs one of its own. */
  another(): Promise<RedisConnection>;
  /** Cuts the connection; what is under way fails. */
  close(): void;
}

const retryMs = { first: 20, most: 200 };
const connectTimeoutMs = 2000;

/**
 * Connects; throws Trouble `redis-unreachable` (safe) when that fails the first time.
 *
 * @param address the server's url, asked for at each attempt, since a server started again may have
 * moved
 */
export async function openRedisConnection(
  address: () => string,
  options: ConnectionOptions,
): Promise<RedisConnection> {
  const connection = new Connection(address, options);
  try {
    await connection.connect();
  } catch (cause) {
    connection.close();
    throw new Trouble("redis-unreachable", { retry: "safe", cause });
  }
  return connection;
}

class Connection implements RedisConnection {
  readonly #address: () => string;
  readonly #options: ConnectionOptions;
  readonly #patienceMs: number;
  #client: RedisClient | null = null;
  #closed = false;
  #retry: Timer | null = null;
  readonly #watch: Timer;
  /** Commands sent whose answer is due, and until when silence is no cause for alarm. */
  #due = 0;
  #patientUntil = 0;

  constructor(address: () => string, options: ConnectionOptions) {
    this.#address = address;
    this.#options = options;
    this.#patienceMs = options.patienceMs ?? 10_000;
    this.#watch = setInterval(() => this.#cutWhenSilent(), Math.min(1000, this.#patienceMs / 2));
    this.#watch.unref();
  }

  async connect(): Promise<void> {
    const client = new RedisClient(this.#address(), {
      autoReconnect: false,
      enableOfflineQueue: false,
      connectionTimeout: connectTimeoutMs,
    });
    try {
      await client.connect();
    } catch (error) {
      client.close();
      throw error;
    }
    if (this.#closed) return client.close();
    // Bun's client knows no other way to listen.
    // oxlint-disable-next-line unicorn/prefer-add-event-listener
    client.onclose = () => this.#lost(client);
    this.#client = client;
  }

  async send(command: string, args: string[], waitMs = 0): Promise<unknown> {
    const client = this.#client;
    if (client === null) throw unreachable("not connected", "safe");
    const silentUntil = performance.now() + waitMs + this.#patienceMs;
    if (this.#due === 0 || waitMs > 0) this.#patientUntil = silentUntil;
    this.#due += 1;
    try {
      return await client.send(command, args);
    } catch (error) {
      throw troubleOf(error);
    } finally {
      this.#due -= 1;
      this.#patientUntil = performance.now() + this.#patienceMs;
    }
  }

  another(): Promise<RedisConnection> {
    return openRedisConnection(this.#address, this.#options);
  }

  close(): void {
    this.#closed = true;
    clearInterval(this.#watch);
    if (this.#retry !== null) clearTimeout(this.#retry);
    this.#client?.close();
    this.#client = null;
  }

  #lost(client: RedisClient): void {
    if (this.#client !== client) return;
    this.#client = null;
    if (this.#closed) return;
    this.#options.log.warn("connection lost");
    this.#retryAfter(retryMs.first);
  }

  #retryAfter(delay: number): void {
    this.#retry = setTimeout(() => {
      this.connect().then(
        () => this.#options.log.info("connected again"),
        () => this.#closed || this.#retryAfter(Math.min(delay * 2, retryMs.most)),
      );
    }, delay);
  }

  /** A stopped server answers nothing and closes nothing: only time tells. */
  #cutWhenSilent(): void {
    if (this.#due === 0 || performance.now() < this.#patientUntil) return;
    this.#options.log.warn("the server is silent", { due: this.#due });
    this.#client?.close();
  }
}

/**
 * What Redis says first when it will not run a command now, or not at all; see its `redis.c`,
 * shared errors.
 */
const refusals: Readonly<Record<string, { code: string; retry: Retry }>> = {
  OOM: { code: "redis-full", retry: "safe" },
  NOSCRIPT: { code: "redis-no-script", retry: "safe" },
  BUSYGROUP: { code: "group-exists", retry: "never" },
  NOGROUP: { code: "group-missing", retry: "never" },
  NOKEY: { code: "key-missing", retry: "never" },
  LOADING: { code: "redis-unreachable", retry: "safe" },
  BUSY: { code: "redis-unreachable", retry: "safe" },
  MISCONF: { code: "redis-unreachable", retry: "safe" },
  UNBLOCKED: { code: "redis-unreachable", retry: "safe" },
};

function troubleOf(error: unknown): Trouble {
  const message = error instanceof Error ? error.message : String(error);
  if (!isServerError(error)) return unreachable(message, "ambiguous");
  const word = message === "ERR no such key" ? "NOKEY" : message.slice(0, message.indexOf(" "));
  const { code, retry } = refusals[word] ?? { code: "redis-refused", retry: "never" };
  return new Trouble(code, { retry, detail: message, cause: error });
}

function isServerError(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ERR_REDIS_SERVER_ERROR";
}

function unreachable(detail: string, retry: Retry): Trouble {
  return new Trouble("redis-unreachable", { retry, detail });
}

/** `trouble` as a port calls it: `redis-full` becomes `cells-full` for the port `cells`. */
export function renamed(trouble: unknown, port: string): unknown {
  if (!isTrouble(trouble) || !trouble.code.startsWith("redis-")) return trouble;
  const code = `${port}-${trouble.code.slice("redis-".length)}`;
  const detail = trouble.message.replace(`${trouble.code}: `, "");
  return new Trouble(code, { retry: trouble.retry, detail, cause: trouble });
}
