/** What this program calls itself to its box and to the watch's loader. */
export const firmware = "0.1.0";
