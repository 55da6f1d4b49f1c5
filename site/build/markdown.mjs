// Markdown of the pages: mathematics, highlighted code, figures, guesses, and links that set a figure.
import MarkdownIt from "markdown-it";
import cjkFriendly from "markdown-it-cjk-friendly";
import { createHighlighter } from "shiki";
import temml from "temml";

const languages = ["ts", "tsx", "js", "html", "json", "bash", "python", "toml", "yaml"];
const theme = {
  name: "classes",
  type: "light",
  fg: "#000001",
  bg: "#ffffff",
  // Colors are names of classes in disguise: a content security policy refuses style attributes.
  settings: [
    [["comment", "punctuation.definition.comment"], "#000002"],
    [["string", "punctuation.definition.string"], "#000003"],
    [["keyword", "storage", "keyword.operator.new", "keyword.operator.expression"], "#000004"],
    [["constant.numeric", "constant.language", "support.type.property-name.json"], "#000005"],
    [["entity.name.function", "support.function"], "#000006"],
    [["entity.name.type", "support.type", "support.class"], "#000005"],
    [["entity.name.tag", "entity.other.attribute-name"], "#000006"],
  ].map(([scope, foreground]) => ({ scope, settings: { foreground } })),
};
const classes = { "#000002": "c", "#000003": "s", "#000004": "k", "#000005": "n", "#000006": "f" };
const highlighter = await createHighlighter({ langs: languages, themes: [theme] });

export const escaped = (text) =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");

export function highlighted(code, lang) {
  const known = { sh: "bash", mjs: "js", console: "text", jsonc: "json" }[lang] ?? lang;
  if (!languages.includes(known)) return escaped(code);
  return highlighter
    .codeToTokensBase(code, { lang: known, theme: "classes" })
    .map((line) =>
      line
        .map(({ content, color }) => {
          const name = classes[color?.toLowerCase()];
          return name ? `<i class="${name}">${escaped(content)}</i>` : escaped(content);
        })
        .join(""),
    )
    .join("\n");
}

export const slug = (text) =>
  text
    .toLowerCase()
    .replace(/<[^>]+>|[`*]/g, "")
    .replace(/[^\p{L}\p{N}_ -]/gu, "")
    .trim()
    .replaceAll(" ", "-");

// Style attributes are refused by the policy; the style sheet has what they say.
const math = (tex, displayMode) =>
  temml
    .renderToString(tex, { displayMode, trust: true, annotate: false, throwOnError: true, wrap: "none" })
    .replaceAll(/ style="[^"]*"/g, "");

const titles = { en: "Code", ko: "코드" };
const equation = { en: "Equation", ko: "식" };

export function markdown({ lang = "en", figure = () => "", link = (href) => href } = {}) {
  const md = new MarkdownIt({ html: true }).use(cjkFriendly);

  // $...$ and $$...$$
  md.inline.ruler.before("escape", "math", (state, silent) => {
    if (state.src[state.pos] !== "$") return false;
    const display = state.src[state.pos + 1] === "$";
    const mark = display ? "$$" : "$";
    const end = state.src.indexOf(mark, state.pos + mark.length);
    if (end < 0 || /\s/.test(state.src[state.pos + mark.length])) return false;
    if (!silent) {
      const token = state.push("html_inline", "", 0);
      const drawn = math(state.src.slice(state.pos + mark.length, end), display);
      token.content = display
        ? `<span class="equation" tabindex="0" role="group" aria-label="${equation[lang]}">${drawn}</span>`
        : drawn;
    }
    state.pos = end + mark.length;
    return true;
  });

  // ::: figure NAME   and   ::: guess QUESTION, with "- answer :: reply" lines; (x) marks the right one
  md.block.ruler.before("fence", "container", (state, startLine, endLine, silent) => {
    const line = (n) => state.src.slice(state.bMarks[n] + state.tShift[n], state.eMarks[n]);
    const head = /^::: (figure|guess|check) ?(.*)$/.exec(line(startLine));
    if (!head) return false;
    if (silent) return true;
    const [, kind, rest] = head;
    let end = startLine;
    const token = state.push("html_block", "", 0);
    token.map = [startLine, startLine + 1];
    if (kind === "figure") token.content = figure(rest.trim());
    else {
      const answers = [];
      for (end = startLine + 1; end < endLine && line(end) !== ":::"; end++) {
        const found = /^- (\(x\) )?(.*?) :: (.*)$/.exec(line(end));
        if (!found) throw new Error(`a guess has lines "- answer :: reply", got ${JSON.stringify(line(end))}`);
        answers.push(found);
      }
      const label = {
        guess: { en: "Guess first", ko: "먼저 짐작해 보세요" },
        check: { en: "Check yourself", ko: "확인해 보세요" },
      }[kind][lang];
      token.content =
        `<section class="guess"><h2>${label}</h2><p>${md.renderInline(rest)}</p>` +
        answers
          .map(
            ([, right, answer, reply]) =>
              `<details name="${kind}"${right ? ' class="right"' : ""}><summary>${md.renderInline(answer)}</summary><p>${md.renderInline(reply)}</p></details>`,
          )
          .join("") +
        "</section>\n";
    }
    state.line = end + 1;
    return true;
  });

  md.renderer.rules.fence = (tokens, i) => {
    const [name = "text"] = tokens[i].info.trim().split(/\s+/);
    const code = tokens[i].content.replace(/\n$/, "");
    const copied = name === "console" ? /^\$ (.*)$/m.exec(code)?.[1] : undefined;
    const body =
      name === "console"
        ? code
            .split("\n")
            .map((line) =>
              line.startsWith("$ ") ? `<b class="command">$ <code>${escaped(line.slice(2))}</code></b>` : escaped(line),
            )
            .join("\n")
        : `<code>${highlighted(code, name)}</code>`;
    const copy = { en: "Copy", ko: "복사" }[lang];
    const button =
      copied || ["ts", "js", "sh", "html", "json"].includes(name)
        ? `<button type="button" data-copy>${copy}</button>`
        : "";
    return `<div class="code ${name}">${button}<pre tabindex="0" role="group" aria-label="${titles[lang]}">${body}</pre></div>\n`;
  };

  const headings = [];
  md.renderer.rules.heading_open = (tokens, i) => {
    const text = tokens[i + 1].children.map(({ content }) => content).join("");
    let id = slug(text);
    for (let n = 1; headings.some((heading) => heading.id === id); n++) id = `${slug(text)}-${n}`;
    headings.push({ level: Number(tokens[i].tag.slice(1)), id, text });
    return `<${tokens[i].tag} id="${id}">`;
  };

  md.renderer.rules.table_open = () => '<div class="scroll" tabindex="0" role="group" aria-label="table"><table>';
  md.renderer.rules.table_close = () => "</table></div>";

  // [text](set:scale=1.2,clip=true) sets the figure above.
  md.validateLink = () => true;
  const plainOpen = (tokens, i, options, _, self) => self.renderToken(tokens, i, options);
  md.renderer.rules.link_open = (tokens, i, options, env, self) => {
    const href = tokens[i].attrGet("href");
    if (!href.startsWith("set:")) {
      tokens[i].attrSet("href", link(href));
      return plainOpen(tokens, i, options, env, self);
    }
    const change = Object.fromEntries(
      decodeURIComponent(href.slice(4))
        .split(",")
        .map((pair) => {
          const [name, value] = pair.split("=");
          return [
            name,
            value === "true" ? true : value === "false" ? false : Number.isNaN(Number(value)) ? value : Number(value),
          ];
        }),
    );
    const close = tokens.findIndex((token, n) => n > i && token.type === "link_close");
    tokens[close].tag = "button";
    return `<button type="button" class="set" data-set="${escaped(JSON.stringify(change))}">`;
  };

  return {
    render(text) {
      headings.length = 0;
      const html = md
        .render(text)
        .replaceAll(/ style="text-align:(\w+)"/g, ' class="$1"')
        .replaceAll(/<th([^>]*)><\/th>/g, "<td$1></td>"); // a corner that heads no column
      return { html, headings: [...headings] };
    },
    fences: (text) => md.parse(text, {}).filter(({ type }) => type === "fence"),
  };
}
