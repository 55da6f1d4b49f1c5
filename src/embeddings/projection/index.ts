export { type Matrix, takeRows, unitRows } from "./matrix.ts";
export { type NeighborOptions, type NeighborProgress, type Neighbors, nearestNeighbors } from "./neighbors.ts";
export { type Pca, type PcaOptions, pca } from "./pca.ts";
export { type TrustOptions, trustworthiness } from "./trustworthiness.ts";
export { type ProjectionProgress, type TsneOptions, tsne } from "./tsne.ts";
export { type UmapOptions, umap } from "./umap.ts";
