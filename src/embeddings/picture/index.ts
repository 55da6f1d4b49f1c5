export { pictureHtml } from "./html.ts";
export type { NeighborLists, Picture } from "./picture.ts";
export { type PngPicture, picturePng } from "./png.ts";
export { type ProjectOptions, type ProjectProgress, projectWords } from "./project.ts";
export {
  type ProjectorConfig,
  projectorFiles,
  projectorJson,
  projectorMetadata,
  projectorPbtxt,
  projectorVectors,
} from "./projector.ts";
export { pictureSvg, type StillOptions } from "./svg.ts";
