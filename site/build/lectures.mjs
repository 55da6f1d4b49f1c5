// The lectures: one page an item, in two languages that must have the same figures, equations, code and headings.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { deflateRawSync } from "node:zlib";
import { escaped, markdown } from "./markdown.mjs";

const folder = join(import.meta.dirname, "..", "learn");

/** `--- key: value ---` and what follows. */
export function frontMatter(text, where) {
  const found = /^---\n([\s\S]*?)\n---\n([\s\S]*)$/.exec(text);
  if (!found) throw new Error(`${where}: expected a head between two lines of ---`);
  const head = Object.fromEntries(
    found[1].split("\n").map((line) => {
      const at = line.indexOf(":");
      return [line.slice(0, at).trim(), line.slice(at + 1).trim()];
    }),
  );
  return { head, text: found[2] };
}

export function readLectures() {
  const names = readdirSync(folder).filter((name) => /^\d.*\.en\.md$/.test(name));
  const lectures = names.sort().map((name) => {
    const id = name.replace(/^\d+-/, "").replace(".en.md", "");
    const of = (lang) => {
      const file = name.replace(".en.", `.${lang}.`);
      return { file, ...frontMatter(readFileSync(join(folder, file), "utf8"), file) };
    };
    const [en, ko] = [of("en"), of("ko")];
    return { id, en, ko: { ...ko, text: shared(ko.text, en.text, ko.file) } };
  });
  const korean = readdirSync(folder).filter((name) => /^\d.*\.ko\.md$/.test(name));
  if (korean.length !== names.length)
    throw new Error(`learn/: ${names.length} English pages, ${korean.length} Korean ones`);
  return lectures;
}

/** In the Korean page a line `@eq` or `@code` stands for the next equation or block of code of the English one. */
export function shared(korean, english, file) {
  const fences = [...english.matchAll(/^```[\s\S]*?^```$/gm)].map(([all]) => all);
  const outside = english.replace(/^```[\s\S]*?^```$/gm, "");
  const equations = [...outside.matchAll(/^\$\$[\s\S]*?\$\$$/gm)].map(([all]) => all);
  const next = (list, what) => {
    const one = list.shift();
    if (one === undefined) throw new Error(`${file}: one @${what} more than the English page has`);
    return one;
  };
  return korean.replace(/^@(eq|code)$/gm, (_, what) => next(what === "eq" ? equations : fences, what));
}

/** What differs between the two languages of a lecture and must not; one line each. */
export function differences({ en, ko }) {
  const parts = ({ head, text }) => {
    const fences = [...text.matchAll(/^```(\w+)[^\n]*\n([\s\S]*?)^```/gm)].map(([, lang, code]) => `${lang}:${code}`);
    const outside = text.replace(/^```[\s\S]*?^```/gm, "");
    return {
      keys: Object.keys(head).sort().join(" "),
      figures: [...outside.matchAll(/^::: (\w+) ?([\w-]*)/gm)]
        .map(([, kind, name]) => (kind === "figure" ? name : kind))
        .join(" "),
      headings: [...outside.matchAll(/^(#+) /gm)].map(([, marks]) => marks).join(" "),
      equations: [...outside.matchAll(/\$\$([\s\S]*?)\$\$/g)]
        .map(([, tex]) => tex.replace(/\\text\{[^}]*\}/g, ""))
        .join("\n"),
      code: fences.map((code) => code.replace(/^\s*\/\/.*$/gm, "").replace(/ \/\/ .*$/gm, "")).join("\n"),
      settings: [...outside.matchAll(/\]\((set:[^)]*)\)/g)].map(([, change]) => change).join(" "),
      answers: [...outside.matchAll(/^- (\(x\) )?.* :: /gm)].map(([, right]) => right ?? "-").join(" "),
    };
  };
  const [a, b] = [parts(en), parts(ko)];
  return Object.keys(a)
    .filter((key) => a[key] !== b[key])
    .map((key) => `${ko.file}: ${key} differ from ${en.file}`);
}

const words = {
  en: {
    code: "In TypeScript",
    command: "On the command line",
    studio: "Open in the studio",
    studioNote: "The same kind of network, with every lens.",
  },
  ko: {
    code: "TypeScript로",
    command: "명령줄에서",
    studio: "스튜디오에서 열기",
    studioNote: "같은 종류의 신경망을 모든 렌즈로 살펴볼 수 있습니다.",
  },
};

/** The studio's link that holds a recipe, a seed and a small text (studio/src/share.ts). */
export const studioLink = (shared) =>
  `studio/#r=${deflateRawSync(JSON.stringify({ v: 1, ...shared })).toString("base64url")}`;

export async function lecturePages(lectures, { still, root = "../../../" }) {
  const pages = [];
  for (const lang of ["en", "ko"]) {
    const titles = lectures.map((lecture) => [`learn/${lang}/${lecture.id}/`, lecture[lang].head.title]);
    for (const [i, lecture] of lectures.entries()) {
      const { head, text, file } = lecture[lang];
      const stills = {};
      for (const [, name] of text.matchAll(/^::: figure (\S+)/gm)) stills[name] = await still(name, lang);
      const md = markdown({ lang, figure: (name) => `<u-figure name="${name}">${stills[name]}</u-figure>\n` });
      let html;
      try {
        ({ html } = md.render(text));
      } catch (error) {
        throw new Error(`${file}: ${error.message}`);
      }
      const w = words[lang];
      const studio = head.studio
        ? `<p class="studio"><a href="${root}${escaped(studioLink(JSON.parse(head.studio)))}">${w.studio}</a> ${w.studioNote}</p>`
        : "";
      pages.push({
        path: `learn/${lang}/${lecture.id}/`,
        title: head.title,
        lang,
        kind: "lecture",
        description: head.question,
        body: `<p class="number">${i + 1} / ${lectures.length}</p><h1>${escaped(head.title)}</h1><p class="question">${escaped(head.question)}</p>\n${html}${studio}`,
        list: titles,
        previous: titles[i - 1],
        next: titles[i + 1],
        other: `learn/${lang === "en" ? "ko" : "en"}/${lecture.id}/`,
        source: `# ${head.title}\n\n${head.question}\n\n${text}`,
      });
    }
    const intro = frontMatter(readFileSync(join(folder, `index.${lang}.md`), "utf8"), "index");
    pages.push({
      path: `learn/${lang}/`,
      title: intro.head.title,
      lang,
      description: intro.head.question,
      body: `<h1>${intro.head.title}</h1>${markdown({ lang }).render(intro.text).html}<ol class="contents">${lectures
        .map(
          (lecture) =>
            `<li><a href="${lecture.id}/">${escaped(lecture[lang].head.title)}</a><span>${escaped(lecture[lang].head.question)}</span></li>`,
        )
        .join("")}</ol>`,
      other: `learn/${lang === "en" ? "ko" : "en"}/`,
      next: titles[0],
    });
  }
  return pages;
}
