// The API reference, from the type declarations that the package ships: what each entry exports, with its documentation.
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { codeBlock } from "./docs.mjs";
import { escaped, markdown, slug } from "./markdown.mjs";

const root = join(import.meta.dirname, "..", "..");
const { exports } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
const files = new Map();
const read = (path) => {
  if (!files.has(path)) files.set(path, readFileSync(path, "utf8"));
  return files.get(path);
};
const fileOf = (from, target) => join(dirname(from), target.replace(/\.js$/, ".d.ts").replace(/\.ts$/, ".ts"));

/** Names that a file exports: name -> [file that declares it, name there]. */
function exported(path, seen = new Set()) {
  const found = new Map();
  if (seen.has(path) || !existsSync(path)) return found;
  seen.add(path);
  const text = read(path);
  for (const [, target] of text.matchAll(/^export \* from "([^"]+)";/gm))
    for (const [name, place] of exported(fileOf(path, target), seen)) found.set(name, place);
  for (const [, list, target] of text.matchAll(/^export (?:type )?\{([^}]*)\}(?: from "([^"]+)")?;/gm))
    for (const part of list.split(",")) {
      const [, original, , renamed] = /^\s*(?:type )?(\w+)( as (\w+))?\s*$/.exec(part) ?? [];
      if (!original) continue;
      if (!target) continue;
      const deeper = exported(fileOf(path, target), new Set()).get(original);
      if (deeper) found.set(renamed ?? original, deeper);
    }
  for (const [, name] of text.matchAll(
    /^export (?:declare )?(?:abstract )?(?:function|const|let|class|interface|type|enum) (\w+)/gm,
  ))
    found.set(name, [path, name]);
  return found;
}

/** A declaration's text and its documentation. */
function declaration(path, name) {
  const text = read(path);
  const kinds = "(?:function|const|let|class|interface|type|enum)";
  const start = new RegExp(`^export (?:declare )?(?:abstract )?${kinds} ${name}\\b`, "m").exec(text);
  if (!start) return undefined;
  const parts = [];
  // Overloads follow one another.
  const all = [
    ...text.matchAll(new RegExp(`^export (?:declare )?(?:abstract )?${kinds} ${name}\\b[\\s\\S]*?(?:;$|^\\}$)`, "gm")),
  ];
  for (const [one] of all) parts.push(one);
  const before = text.slice(0, start.index);
  const doc = /\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\s*$/.exec(before)?.[1] ?? "";
  const kind = /^export (?:declare )?(?:abstract )?(\w+)/.exec(parts[0] ?? "")?.[1] ?? "";
  return {
    kind,
    code: parts.join("\n").replaceAll(/^export (declare )?/gm, ""),
    doc: doc.replaceAll(/^\s*\* ?/gm, "").trim(),
  };
}

/** Documentation comments as Markdown: tags become lines of their own. */
function asMarkdown(doc) {
  return doc
    .replaceAll(/\{@link ([^}\s]+)[^}]*\}/g, "`$1`")
    .replaceAll(/^@param (\w+)\s*/gm, "\n- `$1`: ")
    .replaceAll(/^@throws\s*/gm, "\n**Throws** ")
    .replaceAll(/^@returns?\s*/gm, "\n**Returns** ")
    .replaceAll(/^@example\s*/gm, "\n");
}

export function apiPages() {
  const md = markdown();
  return Object.entries(exports)
    .filter(([entry]) => entry !== "./package.json")
    .map(([entry, target]) => {
      const types = target.node?.types ?? target.types;
      const specifier = entry === "." ? "unrolled" : `unrolled/${entry.slice(2)}`;
      const names = [...exported(join(root, types))].sort(([a], [b]) => a.localeCompare(b, "en"));
      const entries = names.flatMap(([name, [path, original]]) => {
        const found = declaration(path, original);
        return found ? [{ name, ...found }] : [];
      });
      const values = entries.filter(({ kind }) => kind !== "interface" && kind !== "type");
      const types_ = entries.filter(({ kind }) => kind === "interface" || kind === "type");
      const show = ({ name, code, doc }) =>
        `<section class="api"><h3 id="${slug(name)}">${name}</h3>${md.render(asMarkdown(doc)).html}${codeBlock(code, "ts")}</section>`;
      const list = (all) => all.map(({ name }) => `<a href="#${slug(name)}">${name}</a>`).join(" ");
      const unique = (all) => {
        const ids = new Set();
        return all.filter(({ name }) => !ids.has(slug(name)) && ids.add(slug(name)));
      };
      const shown = unique([...values, ...types_]);
      const [a, b] = [values.filter((one) => shown.includes(one)), types_.filter((one) => shown.includes(one))];
      return {
        path: `reference/${entry === "." ? "unrolled" : entry.slice(2)}/`,
        title: specifier,
        kind: "reference",
        description: `What ${specifier} exports`,
        body:
          `<h1>${specifier}</h1>${codeBlock(`import { ${values[0]?.name ?? ""} } from "${specifier}";`, "ts")}` +
          (a.length > 0
            ? `<h2 id="values">Functions and values</h2><p class="names">${list(a)}</p>${a.map(show).join("")}`
            : "") +
          (b.length > 0 ? `<h2 id="types">Types</h2><p class="names">${list(b)}</p>${b.map(show).join("")}` : ""),
        source: entries
          .map(({ name, code, doc }) => `### ${name}\n\n${asMarkdown(doc)}\n\n\`\`\`ts\n${code}\n\`\`\``)
          .join("\n\n"),
      };
    });
}

/** The command line, from its own help. */
export function commandPage(help) {
  const parts = help.map(
    ({ command, text }) => `<h2 id="${slug(command) || "unrolled"}">${escaped(command)}</h2>${codeBlock(text, "text")}`,
  );
  return {
    path: "reference/cli/",
    title: "Command line",
    description: "Every command with its options",
    body: `<h1>Command line</h1><p>What <code>npx unrolled help</code> prints, for every command.</p>${parts.join("")}`,
    source: help.map(({ command, text }) => `## ${command}\n\n\`\`\`text\n${text}\n\`\`\``).join("\n\n"),
  };
}
