// What the adapter can do: 1024×1024×512 matrix products in several shapes of tile, the best counts.

const [M, N, K] = [1024, 1024, 512];

/** Each invocation computes `rows` × 4·`columns` values, from storage. */
const registers = (rows, columns) => {
  const each = (n, text) => Array.from({ length: n }, (_, i) => text(i)).join('\n');
  return {
    groups: [N / (columns * 4 * 8), M / (rows * 8)],
    code: `
@group(0) @binding(0) var<storage, read> a: array<vec4f>;
@group(0) @binding(1) var<storage, read> b: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> c: array<vec4f>;
@compute @workgroup_size(8, 8) fn main(@builtin(global_invocation_id) id: vec3u) {
  let row = id.y * ${rows}u; let column = id.x * ${columns}u;
  ${each(rows, (r) => each(columns, (j) => `var s${r}_${j} = vec4f();`))}
  for (var k = 0u; k < ${K / 4}u; k++) {
    ${each(rows, (r) => `let a${r} = a[(row + ${r}u) * ${K / 4}u + k];`)}
    ${each(4, (q) => `{ ${each(columns, (j) => `let b${j} = b[(k * 4u + ${q}u) * ${N / 4}u + column + ${j}u];`)}
    ${each(rows, (r) => each(columns, (j) => `s${r}_${j} += a${r}.${'xyzw'[q]} * b${j};`))} }`)}
  }
  ${each(rows, (r) => each(columns, (j) => `c[(row + ${r}u) * ${N / 4}u + column + ${j}u] = s${r}_${j};`))}
}`,
  };
};

/** A workgroup computes 64 × 64 values, each invocation 8 × 4 of them, from tiles that it shares. */
const shared = {
  groups: [N / 64, M / 64],
  code: `
@group(0) @binding(0) var<storage, read> a: array<vec4f>;
@group(0) @binding(1) var<storage, read> b: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> c: array<vec4f>;
var<workgroup> ta: array<array<vec4f, 4>, 64>;
var<workgroup> tb: array<array<vec4f, 16>, 16>;
@compute @workgroup_size(16, 8) fn main(@builtin(local_invocation_id) l: vec3u, @builtin(workgroup_id) g: vec3u) {
  let flat = l.y * 16u + l.x;
  var s: array<vec4f, 8>;
  for (var k = 0u; k < ${K / 16}u; k++) {
    for (var i = flat; i < 256u; i += 128u) {
      ta[i / 4u][i % 4u] = a[(g.y * 64u + i / 4u) * ${K / 4}u + k * 4u + i % 4u];
      tb[i / 16u][i % 16u] = b[(k * 16u + i / 16u) * ${N / 4}u + g.x * 16u + i % 16u];
    }
    workgroupBarrier();
    for (var q = 0u; q < 4u; q++) {
      let b0 = tb[q * 4u][l.x]; let b1 = tb[q * 4u + 1u][l.x]; let b2 = tb[q * 4u + 2u][l.x]; let b3 = tb[q * 4u + 3u][l.x];
      for (var r = 0u; r < 8u; r++) {
        let v = ta[l.y * 8u + r][q];
        s[r] += v.x * b0 + v.y * b1 + v.z * b2 + v.w * b3;
      }
    }
    workgroupBarrier();
  }
  for (var r = 0u; r < 8u; r++) { c[(g.y * 64u + l.y * 8u + r) * ${N / 4}u + g.x * 16u + l.x] = s[r]; }
}`,
};

export async function matrixRate() {
  const adapter = await navigator.gpu?.requestAdapter({ powerPreference: 'high-performance' });
  if (!adapter) throw new Error('there is no WebGPU adapter');
  const device = await adapter.requestDevice();
  const buffer = (values, usage = 0) =>
    device.createBuffer({ size: values * 4, usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_DST | usage });
  const buffers = [buffer(M * K), buffer(K * N), buffer(M * N)];
  for (const [index, values] of [M * K, K * N].entries()) {
    device.queue.writeBuffer(buffers[index], 0, Float32Array.from({ length: values }, (_, i) => ((i * 37) % 101) / 101));
  }
  let best = 0;
  for (const { code, groups } of [registers(4, 1), registers(8, 1), registers(8, 2), registers(16, 2), registers(16, 4), shared]) {
    const pipeline = await device.createComputePipelineAsync({ layout: 'auto', compute: { module: device.createShaderModule({ code }) } });
    const bindings = device.createBindGroup({
      layout: pipeline.getBindGroupLayout(0),
      entries: buffers.map((buffer, binding) => ({ binding, resource: { buffer } })),
    });
    for (let run = 0; run < 4; run++) {
      const encoder = device.createCommandEncoder();
      const pass = encoder.beginComputePass();
      pass.setPipeline(pipeline);
      pass.setBindGroup(0, bindings);
      pass.dispatchWorkgroups(...groups);
      pass.end();
      const begun = performance.now();
      device.queue.submit([encoder.finish()]);
      await device.queue.onSubmittedWorkDone();
      const seconds = (performance.now() - begun) / 1000;
      if (run > 0) best = Math.max(best, (2 * M * N * K) / seconds / 1e9); // the first compiles
    }
  }
  const { vendor, architecture, description } = adapter.info;
  device.destroy();
  return { gflops: best, adapter: [vendor, architecture, description].filter(Boolean).join(' ') };
}
