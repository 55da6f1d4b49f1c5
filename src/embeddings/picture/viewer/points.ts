// Runs inside the page: draws all points with WebGL in one call, or on a 2D canvas where there is no WebGL.
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

/** Colours as [red, green, blue], 0 to 1, by what a point is: ordinary, neighbour, chosen. */
export type Palette = readonly [number[], number[], number[]];

export interface PointLayer {
  /** Draws all points; radius in CSS pixels, alpha of the ordinary ones 0 to 1. */
  draw(view: View, radius: number, alpha: number, palette: Palette): void;
  /** Takes over the states (0 ordinary, 1 neighbour, 2 chosen) of all points. */
  mark(states: Uint8Array): void;
}

export function createPoints(canvas: HTMLCanvasElement, points: Float32Array): PointLayer {
  const count = points.length / 2;
  let marked = new Uint8Array(count);
  const gl = canvas.getContext("webgl", { antialias: false, premultipliedAlpha: true });
  return gl ? withWebGl(gl) : with2d(canvas.getContext("2d")!);

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
      uniform vec3 c0, c1, c2; varying vec4 colour; varying float edge;
      void main() {
        bool shown = pass == 0. ? state < .5 : state > .5;
        float r = radius * (state > 1.5 ? 2.2 : state > .5 ? 1.6 : 1.);
        vec2 p = (at * map.z + map.xy) / size * 2. - 1.;
        gl_Position = shown ? vec4(p.x, -p.y, 0., 1.) : vec4(9., 9., 9., 1.);
        gl_PointSize = 2. * r + 1.;
        edge = r;
        colour = state > 1.5 ? vec4(c2, 1.) : state > .5 ? vec4(c1, 1.) : vec4(c0, alpha);
      }`,
    );
    shader(
      gl.FRAGMENT_SHADER,
      `precision mediump float; varying vec4 colour; varying float edge;
      void main() {
        float d = length(gl_PointCoord - .5) * (2. * edge + 1.);
        float a = colour.a * clamp(edge + .5 - d, 0., 1.);
        gl_FragColor = vec4(colour.rgb * a, a);
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

  function with2d(g: CanvasRenderingContext2D): PointLayer {
    return {
      mark(states) {
        marked = states.slice();
      },
      draw({ x, y, scale, width, height, ratio }, radius, alpha, palette) {
        g.setTransform(ratio, 0, 0, ratio, 0, 0);
        g.clearRect(0, 0, width, height);
        for (let state = 0; state < 3; state++) {
          const [red, green, blue] = palette[state as 0 | 1 | 2].map((part) => Math.round(part * 255));
          g.fillStyle = `rgba(${red},${green},${blue},${state ? 1 : alpha})`;
          const r = radius * (state === 2 ? 2.2 : state === 1 ? 1.6 : 0.9);
          for (let i = 0; i < count; i++) {
            if (marked[i] !== state) continue;
            const px = points[2 * i]! * scale + x;
            const py = points[2 * i + 1]! * scale + y;
            if (px < -r || py < -r || px > width + r || py > height + r) continue;
            g.fillRect(px - r, py - r, 2 * r, 2 * r);
          }
        }
      },
    };
  }
}
