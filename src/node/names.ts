// Files as people read of them.

/** A file for people. */
export const named = (path: string): string => (path === "-" ? "standard input" : path);

/** Some files for people: `a.txt, b.txt`, or `a.txt and 7 more files`. */
export const listed = (files: readonly string[]): string =>
  files.length <= 3 ? files.map(named).join(", ") : `${named(files[0]!)} and ${files.length - 1} more files`;
