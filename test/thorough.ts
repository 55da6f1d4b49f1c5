/**
 * Whether all cases of a law are tried: in CI (`.ci/run`) and by `npm run test:long`. `npm test` tries each law on fewer cells,
 * seeds and inputs.
 */
export const thorough = process.env.THOROUGH !== undefined;
