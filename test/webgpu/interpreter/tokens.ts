// WGSL in tokens.

export interface Token {
  readonly kind: "name" | "number" | "mark";
  readonly text: string;
}

const pattern =
  /\s+|\/\/[^\n]*|(?<number>0x[\da-f]+[ui]?|(?:\d+\.\d*|\.\d+|\d+)(?:e[+-]?\d+)?[uif]?)|(?<name>[A-Za-z_]\w*)|(?<mark>->|\+\+|\+=|&&|\|\||==|!=|<=|>=|<<|>>|[-+*/%<>=!&|^(){}[\];:,.@])/gy;

export function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  pattern.lastIndex = 0;
  while (pattern.lastIndex < text.length) {
    const at = pattern.lastIndex;
    const match = pattern.exec(text);
    if (!match) throw new Error(`WGSL: ${text.slice(at, at + 40)}`);
    for (const kind of ["number", "name", "mark"] as const) {
      const found = match.groups![kind];
      if (found !== undefined) tokens.push({ kind, text: found });
    }
  }
  return tokens;
}
