"""Checks exported files with onnx.checker and onnxruntime, and writes test/fixtures/onnx-models.json.

    ONNX_CASES=/tmp/cases npx vitest run test/export/python.test.ts
    pip install onnx onnxruntime
    python test/export/check_onnx.py /tmp/cases
"""

import base64
import glob
import json
import os
import sys

import numpy as np
import onnx
import onnxruntime as ort

# These small models go into the fixture, whole.
kept = [
    "language model, lstm",
    "classifier, stacked, attention",
    "forecaster",
    "tagger, CRF and characters",
    "translator, attention",
]


def array(value):
    return np.array(value["data"], np.int32 if value["dtype"] == "int" else np.float32).reshape(value["shape"])


def plain(value):
    numbers = [int(x) if value.dtype == np.int32 else float(f"{x:.7g}") for x in value.reshape(-1)]
    return {"dtype": "int" if value.dtype == np.int32 else "float", "shape": list(value.shape), "data": numbers}


folder = sys.argv[1]
fixtures, worst, runs, files = {}, {}, 0, 0
for path in sorted(glob.glob(os.path.join(folder, "*.json"))):
    with open(path) as file:
        case = json.load(file)
    model = path[: -len("json")] + "onnx"
    onnx.checker.check_model(model, full_check=True)
    files += 1
    session = ort.InferenceSession(model, providers=["CPUExecutionProvider"])
    inputs = {one.name for one in session.get_inputs()}
    for at, one in enumerate(case["cases"]):
        feeds = {name: array(value) for name, value in one["feeds"].items() if name in inputs}
        names = list(one["outputs"])
        results = dict(zip(names, session.run(names, feeds)))
        runs += 1
        for name, value in one["outputs"].items():
            expected = array(value).astype(np.float64)
            assert list(results[name].shape) == value["shape"], (path, name)
            error = np.max(np.abs(results[name] - expected) / np.maximum(1, np.abs(expected)), initial=0)
            if error > worst.get(case["ops"], (0, ""))[0]:
                worst[case["ops"]] = (float(error), f"{case['name']} {case['part']} {name}")
            assert error < 1e-5, (path, name, error)
        if case["name"] in kept and case["ops"] == "standard":
            fixture = fixtures.setdefault(case["name"], {"files": {}, "parts": []})
            with open(model, "rb") as file:
                fixture["files"][case["part"]] = base64.b64encode(file.read()).decode()
            if at == 3:
                fixture["parts"].append(
                    {
                        "part": case["part"],
                        "feeds": {name: plain(array(value)) for name, value in one["feeds"].items()},
                        "outputs": {name: plain(value) for name, value in results.items()},
                    }
                )
with open(os.path.join(os.path.dirname(__file__), "..", "fixtures", "onnx-models.json"), "w") as file:
    json.dump(fixtures, file, separators=(",", ":"))
    file.write("\n")
print(f"onnx {onnx.__version__}, onnxruntime {ort.__version__}: {files} files checked, {runs} runs")
for ops, (error, where) in worst.items():
    print(f"{ops}: largest relative difference {error:.2e} ({where})")
