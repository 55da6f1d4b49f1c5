"""PyTorch: the character language model (training) and batch-1 sampling, served line by line to the bench.

python torch_lm.py '{"task":"train","cell":"lstm","hidden":128,"batch":32,"bptt":64,"vocab":65,"embedding":128,"threads":2}'

Messages are those of serve.mjs. The recipe: embedding, one nn.LSTM / nn.GRU / nn.RNN, linear; sequences time-major (its
faster layout); cross-entropy; clip_grad_norm_ 1; AdamW; state carried and detached; the loss read at every step.
"""

import json
import resource
import sys
import time

import torch
from torch import nn
from torch.nn import functional as F


def corpus(vocab, batch, bptt, length=32 * 64 * 195 + 1):
    """The same ids as serve.mjs's corpus()."""
    ids, seed, last = [0], 1, 0
    for _ in range(1, length):
        seed = (seed * 1664525 + 1013904223) & 0xFFFFFFFF
        last = (last * 3 + 1) % vocab if seed % 100 < 70 else (seed >> 8) % vocab
        ids.append(last)
    stream = (length - 1) // batch
    ids = torch.tensor(ids)
    inputs = ids[: batch * stream].view(batch, stream).t().contiguous()  # [stream, B]
    targets = ids[1 : batch * stream + 1].view(batch, stream).t().contiguous()
    windows = stream // bptt
    return lambda i: (
        inputs[(i % windows) * bptt : (i % windows + 1) * bptt],
        targets[(i % windows) * bptt : (i % windows + 1) * bptt],
    )


class LanguageModel(nn.Module):
    def __init__(self, cell, vocab, embedding, hidden):
        super().__init__()
        self.embedding = nn.Embedding(vocab, embedding)
        self.encoder = {"lstm": nn.LSTM, "gru": nn.GRU, "rnn": nn.RNN}[cell](embedding, hidden)
        self.project = nn.Linear(hidden, vocab)

    def forward(self, tokens, state=None):
        outputs, state = self.encoder(self.embedding(tokens), state)
        return self.project(outputs), state


def trainer(o):
    torch.manual_seed(1)
    model = LanguageModel(o["cell"], o["vocab"], o["embedding"], o["hidden"])
    optimizer = torch.optim.AdamW(model.parameters(), lr=2e-3, fused=o.get("fused", True))
    window = corpus(o["vocab"], o["batch"], o["bptt"])
    run = {"state": None, "at": 0}

    def go(steps):
        for _ in range(steps):
            tokens, targets = window(run["at"])
            run["at"] += 1
            logits, state = model(tokens, run["state"])
            run["state"] = tuple(s.detach() for s in state) if isinstance(state, tuple) else state.detach()
            loss = F.cross_entropy(logits.view(-1, o["vocab"]), targets.reshape(-1))
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            value = loss.item()
        return {"loss": value}

    return go, o["batch"] * o["bptt"]


def sampler(o):
    torch.manual_seed(1)
    model = LanguageModel(o["cell"], o["vocab"], o["embedding"], o["hidden"]).eval()
    run = {"state": None, "token": torch.zeros(1, 1, dtype=torch.long)}

    @torch.inference_mode()
    def go(steps):
        """Each step draws one character."""
        text = []
        for _ in range(steps):
            logits, run["state"] = model(run["token"], run["state"])
            run["token"] = torch.multinomial(F.softmax(logits[-1], -1), 1)
            text.append(run["token"].item())
        return {"drawn": len(text)}

    torch.set_num_threads(faster_threads(go, o["threads"]))
    return go, 1


def faster_threads(go, most):
    """One thread or all: products with a single row gain little from a second, and lose where cores are shared."""
    best = {1: float("inf"), most: float("inf")}
    for _ in range(4):
        for threads in best:
            torch.set_num_threads(threads)
            start = time.perf_counter()
            go(100)
            best[threads] = min(best[threads], time.perf_counter() - start)
    return min(best, key=best.get)


def peak_mib():
    """Linux counts in KiB, macOS in bytes."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (2**20 if sys.platform == "darwin" else 2**10)


def main():
    options = json.loads(sys.argv[1])
    torch.set_num_threads(options["threads"])
    go, units = {"train": trainer, "sample": sampler}[options["task"]](options)
    say = lambda message: print(json.dumps(message), flush=True)  # noqa: E731
    say({"ready": True, "name": f"PyTorch {torch.__version__.split('+')[0]}", "unitsPerStep": units})
    for line in sys.stdin:
        message = json.loads(line)
        if message.get("memory"):
            say({"peakMiB": peak_mib()})
            continue
        if "threads" in message:
            torch.set_num_threads(message["threads"])
        start = time.perf_counter()
        result = go(message["go"])
        say({"ms": (time.perf_counter() - start) * 1000, **result})


try:
    main()
except Exception as error:  # noqa: BLE001
    print(json.dumps({"error": f"{type(error).__name__}: {error}"}), flush=True)
    sys.exit(1)
