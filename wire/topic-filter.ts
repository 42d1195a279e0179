/** MQTT topic filters: `+` is one level, a final `#` any number. @source MQTT 3.1.1 §4.7 */

/** Whether a topic falls under a filter. */
export function matchesFilter(filter: string, topic: string): boolean {
  const wanted = filter.split("/");
  const levels = topic.split("/");
  const isOpen = wanted.at(-1) === "#";
  if (isOpen) wanted.pop();
  if (isOpen ? levels.length < wanted.length : levels.length !== wanted.length) return false;
  return wanted.every((level, at) => level === "+" || level === levels[at]);
}
