export { formatWhole, plural, withArticle } from "../base/words.ts";
export { clean, excerpt } from "./clean.ts";
export { type ColorHost, type Colors, colors, plainColors, wantsColor } from "./color.ts";
export { formatBytes, formatCount, formatDuration } from "./format.ts";
export { type Progress, type ProgressOptions, type ProgressUpdate, progress } from "./progress.ts";
export { type TableOptions, table } from "./table.ts";
export { displayWidth, pad, stripAnsi, truncate } from "./width.ts";
export { wrap } from "./wrap.ts";
