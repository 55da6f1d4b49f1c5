// Seeded test data shaped like word vectors: clusters of Zipf sizes inside larger groups, noise whose spectrum falls like
// that of trained vectors, and rows of unlike length.
import { random } from "../../dist/base/index.js";

export function wordLikeVectors({ rows, dim, seed }) {
  const r = random(seed);
  const spectrum = Float64Array.from({ length: dim }, (_, j) => (j + 2) ** -0.35);
  const draw = (scale) => Float64Array.from(spectrum, (s) => r.normal() * s * scale);
  const groups = Array.from({ length: 12 }, () => draw(1));
  const clusters = Array.from({ length: 300 }, () => {
    const group = groups[r.below(groups.length)];
    return draw(0.9).map((value, j) => value + group[j]);
  });
  const data = new Float32Array(rows * dim);
  for (let i = 0; i < rows; i++) {
    const cluster = clusters[Math.floor(clusters.length ** r.uniform()) - 1]; // Zipf
    const noise = draw(0.7 + 0.6 * r.uniform());
    const length = Math.exp(0.25 * r.normal());
    for (let j = 0; j < dim; j++) data[i * dim + j] = length * (cluster[j] + noise[j]);
  }
  return { data, rows, dim };
}
