export { pictureHtml } from "./html.ts";
export type { NeighbourLists, Picture } from "./picture.ts";
export {
  type ProjectorConfig,
  projectorJson,
  projectorMetadata,
  projectorPbtxt,
  projectorVectors,
} from "./projector.ts";
export { pictureSvg, type StillOptions } from "./svg.ts";
