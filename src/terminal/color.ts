// Colors for a terminal, or none.

type Paint = (text: string) => string;

export interface Colors {
  readonly enabled: boolean;
  readonly bold: Paint;
  readonly dim: Paint;
  readonly red: Paint;
  readonly green: Paint;
  readonly yellow: Paint;
  readonly blue: Paint;
  readonly magenta: Paint;
  readonly cyan: Paint;
}

/** Where text goes, as far as colors care; `process.stdout` with `process.env` fits. */
export interface ColorHost {
  isTTY?: boolean;
  env?: Readonly<Record<string, string | undefined>>;
}

/**
 * Whether to color. FORCE_COLOR decides first ("0" and "false" are no), then NO_COLOR (no-color.org: set and not
 * empty), then whether a person looks at it: a terminal that is not "dumb".
 */
export function wantsColor({ isTTY = false, env = {} }: ColorHost): boolean {
  const { FORCE_COLOR: force, NO_COLOR: none, TERM: term } = env;
  if (force !== undefined && force !== "") return force !== "0" && force !== "false";
  if (none !== undefined && none !== "") return false;
  return isTTY && term !== "dumb";
}

/** Functions that wrap text in a color, or return it as it is. Nesting works: the outer color comes back. */
export function colors(host: ColorHost): Colors {
  const enabled = wantsColor(host);
  const paint = (open: number, close: number): Paint =>
    enabled
      ? (text) => `\x1b[${open}m${text.replaceAll(`\x1b[${close}m`, `\x1b[${close}m\x1b[${open}m`)}\x1b[${close}m`
      : (text) => text;
  return {
    enabled,
    bold: paint(1, 22),
    dim: paint(2, 22),
    red: paint(31, 39),
    green: paint(32, 39),
    yellow: paint(33, 39),
    blue: paint(34, 39),
    magenta: paint(35, 39),
    cyan: paint(36, 39),
  };
}

/** No colors, for files and tests. */
export const plainColors: Colors = colors({});
