// An ONNX graph as plain data, and its encoding (onnx.proto; field numbers from the ONNX specification).
import type { DType, Shape } from "../../tensor/shape.ts";
import { Message } from "./protobuf.ts";

export type Attribute = number | string | readonly number[] | readonly string[] | { float: number } | OnnxGraph;

export interface OnnxNode {
  type: string;
  inputs: readonly string[];
  outputs: readonly string[];
  attributes?: Readonly<Record<string, Attribute>>;
  /** "" is ONNX's own set; "com.microsoft" holds ONNX Runtime's additions. */
  domain?: string;
}

export interface OnnxValue {
  name: string;
  dtype: DType | "int64";
  shape: Shape;
}

export interface OnnxConstant {
  name: string;
  dtype: DType | "int64";
  shape: readonly number[];
  values: readonly number[] | Float32Array;
}

export interface OnnxGraph {
  name: string;
  nodes: OnnxNode[];
  constants: OnnxConstant[];
  inputs: OnnxValue[];
  outputs: OnnxValue[];
}

const elementType = { float: 1, int: 6, int64: 7, bool: 9 } as const;
const littleEndian = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;
const opset = 17;
const irVersion = 8; // old runtimes refuse newer ones

/** The bytes of a model file. */
export function encodeModel(graph: OnnxGraph, metadata: Readonly<Record<string, string>> = {}): Uint8Array {
  const model = new Message().int(1, irVersion).string(2, "unrolled").message(7, encodeGraph(graph));
  model.message(8, new Message().string(1, "").int(2, opset));
  model.message(8, new Message().string(1, "com.microsoft").int(2, 1));
  for (const [key, value] of Object.entries(metadata)) model.message(14, new Message().string(1, key).string(2, value));
  return model.finish();
}

function encodeGraph(graph: OnnxGraph): Message {
  const message = new Message();
  for (const node of graph.nodes) message.message(1, encodeNode(node));
  message.string(2, graph.name);
  for (const constant of graph.constants) message.message(5, encodeConstant(constant));
  for (const value of graph.inputs) message.message(11, encodeValue(value));
  for (const value of graph.outputs) message.message(12, encodeValue(value));
  return message;
}

function encodeNode({ type, inputs, outputs, attributes = {}, domain }: OnnxNode): Message {
  const message = new Message();
  for (const name of inputs) message.string(1, name);
  for (const name of outputs) message.string(2, name);
  message.string(3, `${type}:${outputs[0] ?? ""}`).string(4, type);
  for (const [name, value] of Object.entries(attributes)) message.message(5, encodeAttribute(name, value));
  if (domain) message.string(7, domain);
  return message;
}

function encodeAttribute(name: string, value: Attribute): Message {
  const message = new Message().string(1, name);
  if (typeof value === "number") return message.int(3, value).int(20, 2);
  if (typeof value === "string") return message.string(4, value).int(20, 3);
  if ("float" in value) return message.float(2, value.float).int(20, 1);
  if ("nodes" in value) return message.message(6, encodeGraph(value)).int(20, 5);
  if (typeof value[0] === "string") {
    for (const item of value) message.string(9, item as string);
    return message.int(20, 8);
  }
  for (const item of value) message.int(8, item as number);
  return message.int(20, 7);
}

function encodeConstant({ name, dtype, shape, values }: OnnxConstant): Message {
  const message = new Message();
  for (const dim of shape) message.int(1, dim);
  return message.int(2, elementType[dtype]).string(8, name).bytes(9, rawData(dtype, values));
}

function rawData(dtype: DType | "int64", values: readonly number[] | Float32Array): Uint8Array {
  if (dtype === "bool") return Uint8Array.from(values);
  if (values instanceof Float32Array && littleEndian)
    return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  const width = dtype === "int64" ? 8 : 4;
  const bytes = new Uint8Array(values.length * width);
  const data = new DataView(bytes.buffer);
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (dtype === "int64") data.setBigInt64(i * 8, BigInt(value), true);
    else if (dtype === "int") data.setInt32(i * 4, value, true);
    else data.setFloat32(i * 4, value, true);
  }
  return bytes;
}

function encodeValue({ name, dtype, shape }: OnnxValue): Message {
  const dims = new Message();
  for (const dim of shape)
    dims.message(1, typeof dim === "number" ? new Message().int(1, dim) : new Message().string(2, dim));
  const tensor = new Message().int(1, elementType[dtype]).message(2, dims);
  return new Message().string(1, name).message(2, new Message().message(1, tensor));
}
