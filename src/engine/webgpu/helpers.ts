// WGSL functions that kernels use, each written so that it is right for every float on every driver.

export const helpers = {
  // tanh of a large number is NaN on some drivers. NaN stays NaN: the guard must see it.
  tanh_: "fn tanh_(x: f32) -> f32 { return select(tanh(x), sign(x), abs(x) > 15.0); }",
  // No exponential overflows.
  sigmoid_: `fn sigmoid_(x: f32) -> f32 { let e = exp(-abs(x)); return select(e, 1.0, x >= 0.0) / (1.0 + e); }`,
  relu_: "fn relu_(x: f32) -> f32 { return select(x, 0.0, x < 0.0); }",
  // Series near 0, where the other form would cancel; else Abramowitz and Stegun 7.1.26 (error 1.5e-7).
  erf_: `fn erf_(x: f32) -> f32 {
let a = abs(x); let s = x * x;
let near = x * 1.1283791671 * (1.0 - s * (0.33333333333 - s * (0.1 - s * (0.02380952381 - s * (0.00462962963 - s * 0.00075757576)))));
let t = 1.0 / (1.0 + 0.3275911 * a);
let far = 1.0 - t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429)))) * exp(-min(s, 80.0));
return select(sign(x) * far, near, a < 0.6);
}`,
  // Bit for bit the generator of base/random.ts. m: the words of the key and the limit.
  mask_: `fn mask_(i: u32, m: vec4<u32>) -> bool {
var x = (i & 0xfffffffeu) * 0x9e3779b9u + m.x;
x = (x ^ (x >> 16u)) * 0x21f0aaadu;
x = (x ^ (x >> 15u) ^ m.y) * 0x735a2d97u;
x = x ^ (x >> 15u);
return select(x & 0xffffu, x >> 16u, (i & 1u) == 1u) < m.z;
}`,
} as const;
