export type {
  LanguageSample,
  LanguageToy,
  PairsToy,
  RegressionToy,
  TaggingToy,
  Toy,
} from "./kinds.ts";
export { toy, toys } from "./toy.ts";
