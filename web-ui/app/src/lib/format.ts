// How quantities read: bytes, durations, times, counts. Every text is short enough for a column and unambiguous.

const whole = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });

/** `1,204` */
export function formatCount(count: number): string {
  return whole.format(count);
}

/** `1 exchange`, `1,204 exchanges` */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`;
}

const BYTE_UNITS = ["B", "kB", "MB", "GB", "TB", "PB"] as const;

/** `0 B`, `812 B`, `4.7 kB`, `3.1 GB`: thousands, three figures at most. */
export function formatBytes(bytes: number): string {
  return scale(bytes, BYTE_UNITS);
}

/** `251 MiB of 10 GiB`: what is used of a bound, in the units that bounds are set in. */
export function formatShare(bytes: number, bound: number): string {
  return `${formatBinary(bytes)} of ${formatBinary(bound)}`;
}

const BINARY_UNITS = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"] as const;

function formatBinary(bytes: number): string {
  const at = bytes < 1 ? 0 : Math.min(BINARY_UNITS.length - 1, Math.floor(Math.log2(bytes) / 10));
  const value = bytes / 1024 ** at;
  const figures = Number.isInteger(value) ? String(value) : threeFigures(value, at === 0);
  return `${figures} ${BINARY_UNITS[at] ?? ""}`;
}

/** `4.7 MB/s` */
export function formatRate(bytesPerSecond: number): string {
  return `${formatBytes(bytesPerSecond)}/s`;
}

/** `4,718,592 bytes`, for where the exact number matters. */
export function formatExactBytes(bytes: number): string {
  return plural(bytes, "byte");
}

function scale(value: number, units: readonly string[]): string {
  let at = 0;
  let rest = value;
  while (Math.round(rest) >= 1000 && at < units.length - 1) {
    rest /= 1000;
    at += 1;
  }
  return `${threeFigures(rest, at === 0)} ${units[at] ?? ""}`;
}

function threeFigures(value: number, integral: boolean): string {
  if (integral) {
    return String(Math.round(value));
  }
  return value < 9.95 ? value.toFixed(1) : String(Math.round(value));
}

/** `87 µs`, `4.1 ms`, `412 ms`, `1.24 s`, `3 m 07 s`, `2 h 14 m`: microseconds in. */
export function formatDuration(microseconds: number): string {
  if (microseconds < 999.5) {
    return `${Math.round(microseconds)} µs`;
  }
  const ms = microseconds / 1000;
  if (ms < 999.5) {
    return `${ms < 9.95 ? ms.toFixed(1) : Math.round(ms)} ms`;
  }
  const seconds = ms / 1000;
  if (seconds < 59.95) {
    return `${seconds < 9.995 ? seconds.toFixed(2) : seconds.toFixed(1)} s`;
  }
  const all = Math.round(seconds);
  if (all < 3600) {
    return `${Math.floor(all / 60)} m ${two(all % 60)} s`;
  }
  return `${Math.floor(all / 3600)} h ${two(Math.floor((all % 3600) / 60))} m`;
}

/** A moment counted from a begin, exact enough to tell neighbours apart: `0.09 ms`, `31.52 ms`, `4.209 s`. */
export function formatOffset(microseconds: number): string {
  const ms = microseconds / 1000;
  return ms < 1000 ? `${ms.toFixed(2)} ms` : `${(ms / 1000).toFixed(3)} s`;
}

/** A round moment on an axis, as short as it can be told: `0`, `500 µs`, `20 ms`, `1.5 s`. */
export function formatTick(microseconds: number): string {
  if (microseconds === 0) {
    return "0";
  }
  const [unit, size] =
    microseconds < 1000 ? ["µs", 1] : microseconds < 1_000_000 ? ["ms", 1000] : (["s", 1_000_000] as const);
  return `${Number((microseconds / size).toFixed(3))} ${unit}`;
}

/** `14:03:22.417` in the reader's own time zone. */
export function formatClock(time: string): string {
  const date = new Date(time);
  if (Number.isNaN(date.getTime())) {
    return time;
  }
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}.${String(date.getMilliseconds()).padStart(3, "0")}`;
}

/** `2026-11-21 14:03:22.417` in the reader's own time zone. */
export function formatDateTime(time: string): string {
  const date = new Date(time);
  if (Number.isNaN(date.getTime())) {
    return time;
  }
  return `${formatDate(time)} ${formatClock(time)}`;
}

/** `2026-11-21` in the reader's own time zone. */
export function formatDate(time: string): string {
  const date = new Date(time);
  if (Number.isNaN(date.getTime())) {
    return time;
  }
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

/** `1.3` of `TLS 1.3`, for a narrow column. */
export function shortTls(version: string): string {
  return version.replace(/^TLS\s+/, "");
}

/** A SHA-256 in hexadecimal as `AB:CD:…`, the way operating systems show it. */
export function formatFingerprint(hex: string): string {
  const digits = hex.replace(/[^0-9a-f]/gi, "").toUpperCase();
  return digits.match(/../g)?.join(":") ?? hex;
}

/** A sentence that begins with a large letter. */
export function capitalize(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function two(value: number): string {
  return String(value).padStart(2, "0");
}
