/**
 * Logs: a name and fields on one line. No vital sign, name, phone number or secret, ever.
 */
export type Level = "debug" | "info" | "warn" | "error";

/** What may stand in a log line: plain values that say what happened, never what a patient's body did. */
export type Fields = Readonly<Record<string, string | number | boolean | null>>;

/** A logger named by its folder, such as `doors/mqtt`. */
export interface Log {
  debug(fields: () => readonly [string, Fields?]): void;
  info(event: string, fields?: Fields): void;
  warn(event: string, fields?: Fields): void;
  error(event: string, fields?: Fields): void;
  named(name: string): Log;
}

/** Where lines go. */
export type Sink = (line: {
  level: Level;
  name: string;
  event: string;
  fields: Fields | undefined;
}) => void;

const order: readonly Level[] = ["debug", "info", "warn", "error"];

/** A logger that writes lines of `level` and above to `sink`. */
export function createLog(name: string, options: { level: Level; sink: Sink }): Log {
  const wanted = (level: Level): boolean => order.indexOf(level) >= order.indexOf(options.level);
  const write = (level: Level, event: string, fields?: Fields): void => {
    if (wanted(level)) options.sink({ level, name, event, fields });
  };
  return {
    debug: (fields) => {
      if (wanted("debug")) write("debug", ...fields());
    },
    info: (event, fields) => write("info", event, fields),
    warn: (event, fields) => write("warn", event, fields),
    error: (event, fields) => write("error", event, fields),
    named: (child) => createLog(child, options),
  };
}

/** A logger that says nothing; for tests and worlds. */
export const silent: Log = createLog("silent", { level: "error", sink: () => undefined });

/** Writes `14:02:11 info  doors/mqtt connected box=X-1` to standard error. */
export const stderrSink: Sink = ({ level, name, event, fields }) => {
  const pairs = Object.entries(fields ?? {}).map(([key, value]) => ` ${key}=${String(value)}`);
  const time = new Date().toISOString().slice(11, 19);
  process.stderr.write(`${time} ${level.padEnd(5)} ${name} ${event}${pairs.join("")}\n`);
};
