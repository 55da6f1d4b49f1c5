"""A completion server as one would write it with FastAPI and PyTorch: the peer of bench/serve.mjs.

usage: serve.py MODEL_FOLDER PORT. Reads the weights of a language model with one LSTM that Unrolled saved.
"""
import json
import sys

import torch
import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel
from safetensors.torch import load_file

folder, port = sys.argv[1], int(sys.argv[2])
weights = load_file(f"{folder}/model.safetensors")
tokens = json.load(open(f"{folder}/tokenizer.json"))["vocabulary"]["tokens"]
ids = {token: i for i, token in enumerate(tokens)}
table = next(value for name, value in weights.items() if name.startswith("embedding"))
prefix = next(name for name in weights if name.endswith("weight_hh_l0"))[: -len("weight_hh_l0")]
hidden = weights[prefix + "weight_hh_l0"].shape[1]
lstm = torch.nn.LSTM(table.shape[1], hidden, batch_first=True)
# Unrolled keeps one bias; PyTorch adds two.
bias = {"bias_hh_l0": torch.zeros(4 * hidden)}
lstm.load_state_dict({name: weights.get(prefix + name, bias.get(name)) for name, _ in lstm.named_parameters()})
output = torch.nn.Linear(hidden, len(tokens))
output.load_state_dict({"weight": weights["output.weight"], "bias": weights["output.bias"]})
torch.set_num_threads(2)
app = FastAPI()


class Request(BaseModel):
    prompt: str
    max_tokens: int
    seed: int = 0


@app.post("/v1/completions")
def complete(request: Request):  # a plain function: FastAPI runs it in its thread pool
    generator = torch.Generator().manual_seed(request.seed)
    with torch.inference_mode():
        x = torch.tensor([[ids[c] for c in request.prompt]])
        state, text = None, []
        for _ in range(request.max_tokens):
            y, state = lstm(table[x], state)
            p = torch.softmax(output(y[0, -1]), -1)
            token = int(torch.multinomial(p, 1, generator=generator))
            text.append(tokens[token])
            x = torch.tensor([[token]])
    return {"choices": [{"text": "".join(text)}], "usage": {"completion_tokens": request.max_tokens}}


uvicorn.run(app, host="127.0.0.1", port=port, log_level="error")
