// Runs inside the page: draws all points with WebGL, or by its own pixels where WebGL is missing or only emulated.
// Its text is put into the page as it stands, so it may refer to nothing outside itself.

/** Where the unit square lies on the screen, in CSS pixels: screen = point * scale + (x, y). */
export interface View {
  x: number;
  y: number;
  scale: number;
  width: number;
  height: number;
  /** Device pixels in a CSS pixel. */
  ratio: number;
}

/** Colors as [red, green, blue], 0 to 1, by what a point is: ordinary, neighbor, chosen. */
export type Palette = readonly [number[], number[], number[]];

export interface PointLayer {
  /** Draws all points; radius in CSS pixels, alpha of the ordinary ones 0 to 1. */
  draw(view: View, radius: number, alpha: number, palette: Palette): void;
  /** Takes over the states (0 ordinary, 1 neighbor, 2 chosen) of all points. */
  mark(states: Uint8Array): void;
}

export function createPoints(canvas: HTMLCanvasElement, points: Float32Array): PointLayer {
  const count = points.length / 2;
  let marked = new Uint8Array(count);
  const gl = emulated() ? null : canvas.getContext("webgl", { antialias: false });
  return gl ? withWebGl(gl) : withPixels(canvas.getContext("2d")!);

  /** Whether WebGL would run on the processor, which is slower than drawing the pixels here. */
  function emulated(): boolean {
    const probe = canvas.ownerDocument.createElement("canvas").getContext("webgl");
    const info = probe?.getExtension("WEBGL_debug_renderer_info");
    const renderer = info ? String(probe!.getParameter(info.UNMASKED_RENDERER_WEBGL)) : "";
    probe?.getExtension("WEBGL_lose_context")?.loseContext();
    return /swiftshader|llvmpipe|software|basic render/i.test(renderer);
  }

  function withWebGl(gl: WebGLRenderingContext): PointLayer {
    const program = gl.createProgram()!;
    const shader = (type: number, text: string) => {
      const made = gl.createShader(type)!;
      gl.shaderSource(made, text);
      gl.compileShader(made);
      gl.attachShader(program, made);
    };
    shader(
      gl.VERTEX_SHADER,
      `attribute vec2 at; attribute float state; uniform vec3 map; uniform vec2 size; uniform float radius, pass, alpha;
      uniform vec3 c0, c1, c2; varying vec4 color; varying float edge;
      void main() {
        bool shown = pass == 0. ? state < .5 : state > .5;
        float r = radius * (state > 1.5 ? 2.2 : state > .5 ? 1.6 : 1.);
        vec2 p = (at * map.z + map.xy) / size * 2. - 1.;
        gl_Position = shown ? vec4(p.x, -p.y, 0., 1.) : vec4(9., 9., 9., 1.);
        gl_PointSize = 2. * r + 1.;
        edge = r;
        color = state > 1.5 ? vec4(c2, 1.) : state > .5 ? vec4(c1, 1.) : vec4(c0, alpha);
      }`,
    );
    shader(
      gl.FRAGMENT_SHADER,
      `precision mediump float; varying vec4 color; varying float edge;
      void main() {
        float d = length(gl_PointCoord - .5) * (2. * edge + 1.);
        float a = color.a * clamp(edge + .5 - d, 0., 1.);
        gl_FragColor = vec4(color.rgb * a, a);
      }`,
    );
    gl.linkProgram(program);
    gl.useProgram(program);
    const attribute = (name: string, size: number, type: number) => {
      const buffer = gl.createBuffer();
      const place = gl.getAttribLocation(program, name);
      gl.bindBuffer(gl.ARRAY_BUFFER, buffer);
      gl.enableVertexAttribArray(place);
      gl.vertexAttribPointer(place, size, type, false, 0, 0);
      return buffer;
    };
    attribute("at", 2, gl.FLOAT);
    gl.bufferData(gl.ARRAY_BUFFER, points, gl.STATIC_DRAW);
    attribute("state", 1, gl.UNSIGNED_BYTE); // stays bound: mark() fills it
    gl.bufferData(gl.ARRAY_BUFFER, marked, gl.DYNAMIC_DRAW);
    gl.enable(gl.BLEND);
    gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
    const uniform = (name: string) => gl.getUniformLocation(program, name);
    const places = ["map", "size", "radius", "pass", "alpha", "c0", "c1", "c2"].map(uniform);
    return {
      mark(states) {
        gl.bufferData(gl.ARRAY_BUFFER, states, gl.DYNAMIC_DRAW);
      },
      draw({ x, y, scale, width, height, ratio }, radius, alpha, palette) {
        gl.viewport(0, 0, canvas.width, canvas.height);
        gl.clearColor(0, 0, 0, 0);
        gl.clear(gl.COLOR_BUFFER_BIT);
        gl.uniform3f(places[0]!, x, y, scale);
        gl.uniform2f(places[1]!, width, height);
        gl.uniform1f(places[2]!, radius * ratio);
        gl.uniform1f(places[4]!, alpha);
        for (let c = 0; c < 3; c++) gl.uniform3fv(places[5 + c]!, palette[c as 0 | 1 | 2]);
        for (let pass = 0; pass < 2; pass++) {
          gl.uniform1f(places[3]!, pass); // the marked points lie above the others
          gl.drawArrays(gl.POINTS, 0, count);
        }
      },
    };
  }

  /** One color whose opacity adds up: a disc is a stamp of offsets, each with one of four degrees of cover. */
  function withPixels(g: CanvasRenderingContext2D): PointLayer {
    const margin = 16; // discs at the edge reach beyond it
    let image = g.createImageData(1, 1);
    let pixels = new Uint32Array(image.data.buffer);
    const opacity = new Uint8Array(4 * 256); // [cover][opacity so far] -> opacity after
    const colorOf = (parts: number[]) => parts.map((part) => Math.round(part * 255)) as [number, number, number];

    function drawOrdinary({ x, y, scale, ratio }: View, radius: number, alpha: number, parts: number[]): void {
      const [width, height] = [canvas.width + 2 * margin, canvas.height + 2 * margin];
      if (image.width !== width || image.height !== height) {
        image = g.createImageData(width, height);
        pixels = new Uint32Array(image.data.buffer);
      } else pixels.fill(0);
      for (let e = 0; e < opacity.length; e++) {
        const cover = (((e >> 8) + 1) / 4) * alpha;
        opacity[e] = Math.round((e & 255) + (255 - (e & 255)) * cover);
      }
      const r = Math.min(radius * ratio, margin - 2);
      const offsets: number[] = [];
      const covers: number[] = [];
      for (let dy = -margin + 1; dy < margin; dy++) {
        for (let dx = -margin + 1; dx < margin; dx++) {
          const cover = Math.ceil(Math.min(1, r + 0.5 - Math.hypot(dx, dy)) * 4);
          if (cover < 1) continue;
          offsets.push(dy * width + dx);
          covers.push((cover - 1) << 8);
        }
      }
      const stamp = Int32Array.from(offsets);
      const degree = Int32Array.from(covers);
      const [red, green, blue] = colorOf(parts);
      const color = red | (green << 8) | (blue << 16); // little-endian red, green, blue, opacity
      for (let i = 0; i < count; i++) {
        const px = Math.round((points[2 * i]! * scale + x) * ratio) + margin;
        const py = Math.round((points[2 * i + 1]! * scale + y) * ratio) + margin;
        if (px < margin - r || py < margin - r || px > width - margin + r || py > height - margin + r) continue;
        const center = py * width + px;
        for (let s = 0; s < stamp.length; s++) {
          const at = center + stamp[s]!;
          pixels[at] = color | (opacity[degree[s]! + (pixels[at]! >>> 24)]! << 24);
        }
      }
      g.putImageData(image, -margin, -margin);
    }

    return {
      mark(states) {
        marked = states.slice();
      },
      draw(view, radius, alpha, palette) {
        drawOrdinary(view, radius, alpha, palette[0]);
        g.setTransform(view.ratio, 0, 0, view.ratio, 0, 0);
        for (let i = 0; i < count; i++) {
          const state = marked[i]!;
          if (!state) continue;
          g.fillStyle = `rgb(${colorOf(palette[state as 1 | 2])})`;
          g.beginPath();
          const r = radius * (state === 2 ? 2.2 : 1.6);
          g.arc(points[2 * i]! * view.scale + view.x, points[2 * i + 1]! * view.scale + view.y, r, 0, 7);
          g.fill();
        }
      },
    };
  }
}
