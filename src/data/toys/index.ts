export {
  type LanguageSample,
  type LanguageToy,
  type PairsToy,
  type RegressionToy,
  type TaggingToy,
  type Toy,
  toy,
  toys,
} from "./toy.ts";
