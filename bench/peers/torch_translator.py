"""PyTorch: the translator of ../translator.mjs, served line by line to the bench (messages: serve.mjs).

The same network: one embedding for both sides, scaled by sqrt(E), bidirectional nn.GRU over packed sequences, a tanh
bridge, nn.GRU, multiplicative attention over all steps at once, a tanh readout, the embedding's table as the output;
dropout, label smoothing, clip_grad_norm_ 1, fused AdamW; the batches of the file, the loss read at every step.
"""

import json
import math
import sys
import time

import torch
from torch import nn
from torch.nn import functional as F
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence


class Translator(nn.Module):
    def __init__(self, rows, embedding, hidden, decoder, dropout):
        super().__init__()
        self.scale = math.sqrt(embedding)
        self.embedding = nn.Embedding(rows, embedding)
        nn.init.uniform_(self.embedding.weight, -1 / self.scale, 1 / self.scale)
        self.encoder = nn.GRU(embedding, hidden, bidirectional=True)
        self.bridge = nn.Linear(2 * hidden, decoder)
        self.decoder = nn.GRU(embedding, decoder)
        self.key = nn.Linear(2 * hidden, decoder, bias=False)
        self.readout = nn.Linear(2 * hidden + decoder, embedding)
        self.bias = nn.Parameter(torch.zeros(rows))
        self.dropout = nn.Dropout(dropout)

    def forward(self, source, lengths, inputs):
        """source [B, S], lengths [B], inputs [B, T] -> logits [B, T, V]"""
        x = self.dropout(self.embedding(source.t()) * self.scale)
        packed = pack_padded_sequence(x, lengths, enforce_sorted=False)
        outputs, final = self.encoder(packed)
        memory = self.dropout(pad_packed_sequence(outputs)[0]).transpose(0, 1)  # [B, S, M]
        first = torch.tanh(self.bridge(torch.cat([final[0], final[1]], -1)))
        states, _ = self.decoder(self.dropout(self.embedding(inputs.t()) * self.scale), first[None])
        queries = states.transpose(0, 1)  # [B, T, H]
        scores = queries @ (self.key(memory) / math.sqrt(memory.shape[-1])).transpose(1, 2)
        inside = torch.arange(source.shape[1])[None] < lengths[:, None]
        weights = F.softmax(scores.masked_fill(~inside[:, None], -math.inf), -1)
        readout = torch.tanh(self.readout(torch.cat([weights @ memory, queries], -1)))
        return F.linear(self.dropout(readout), self.embedding.weight, self.bias)


def trainer(o):
    torch.manual_seed(1)
    model = Translator(o["rows"], o["embedding"], o["hidden"], o["decoder"], o["dropout"])
    optimizer = torch.optim.AdamW(model.parameters(), lr=2e-3, fused=True)
    tensor = lambda value: torch.tensor(value["data"]).view(value["shape"])  # noqa: E731
    with open(o["batches"]) as file:
        batches = [{name: tensor(value) for name, value in batch.items()} for batch in json.load(file)]
    for batch in batches:
        past = torch.arange(batch["targets"].shape[1])[None] >= batch["lengths"][:, None]
        batch["targets"] = batch["targets"].masked_fill(past, -100)
    run = {"at": 0}

    def go(steps):
        for _ in range(steps):
            batch = batches[run["at"] % len(batches)]
            run["at"] += 1
            logits = model(batch["source"], batch["sourceLengths"], batch["inputs"])
            loss = F.cross_entropy(
                logits.flatten(0, 1), batch["targets"].flatten(), label_smoothing=o["smoothing"]
            )
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            value = loss.item()
        return {"loss": value}

    return go, o["batch"]


def main():
    options = json.loads(sys.argv[1])
    torch.set_num_threads(options["threads"])
    go, units = trainer(options)
    say = lambda message: print(json.dumps(message), flush=True)  # noqa: E731
    say({"ready": True, "name": f"PyTorch {torch.__version__.split('+')[0]}", "unitsPerStep": units})
    for line in sys.stdin:
        start = time.perf_counter()
        result = go(json.loads(line)["go"])
        say({"ms": (time.perf_counter() - start) * 1000, **result})


if __name__ == "__main__":
    try:
        main()
    except Exception as error:  # noqa: BLE001
        print(json.dumps({"error": f"{type(error).__name__}: {error}"}), flush=True)
        sys.exit(1)
