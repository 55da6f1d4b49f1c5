export {
  allowedTransitions,
  convertTags,
  detectScheme,
  type SchemeReport,
  spansToTags,
  type TagScheme,
  type TagSpan,
  tagsToSpans,
} from "./schemes.ts";
