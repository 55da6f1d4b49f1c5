// Numbers as people read them.

/** 950 -> "950", 41234 -> "41.2k", 1.4e6 -> "1.40M". Three digits; whole below a thousand. */
export function formatCount(n: number): string {
  if (!Number.isFinite(n)) return String(n);
  const rounded = Math.abs(n) < 999.5 ? Math.round(n) : Number(n.toPrecision(3));
  return scaled(rounded, ["", "k", "M", "G", "T"]);
}

/** 512 -> "512 B", 5.6e6 -> "5.60 MB". Powers of 1,000. */
export function formatBytes(n: number): string {
  const rounded = Math.abs(n) < 999.5 ? Math.round(n) : Number(n.toPrecision(3));
  return scaled(rounded, [" B", " kB", " MB", " GB", " TB"]);
}

function scaled(n: number, units: readonly string[]): string {
  const power = Math.min(units.length - 1, n === 0 ? 0 : Math.max(0, Math.floor(Math.log10(Math.abs(n)) / 3 + 1e-12)));
  const value = n / 1000 ** power;
  return (power === 0 ? String(value) : value.toPrecision(Math.abs(value) < 1000 ? 3 : 4)) + units[power];
}

/** Seconds: 0.42 -> "0.4 s", 12 -> "12 s", 75 -> "1 min 15 s", 3725 -> "1 h 02 min", 90000 -> "1 d 01 h". */
export function formatDuration(seconds: number): string {
  if (!Number.isFinite(seconds)) return "?";
  if (seconds < 9.95) return `${Math.max(0, seconds).toFixed(1)} s`;
  const s = Math.round(seconds);
  const two = (n: number) => String(n).padStart(2, "0");
  if (s < 60) return `${s} s`;
  if (s < 3600) return `${Math.floor(s / 60)} min ${two(s % 60)} s`;
  const minutes = Math.round(s / 60);
  if (minutes < 24 * 60) return `${Math.floor(minutes / 60)} h ${two(minutes % 60)} min`;
  const hours = Math.round(minutes / 60);
  return `${Math.floor(hours / 24)} d ${two(hours % 24)} h`;
}
