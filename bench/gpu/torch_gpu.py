"""PyTorch on the GPU: recurrent layers and the character model, the sizes given as JSON. Waits for a line first."""

import json
import sys
import time

sizes = json.loads(sys.argv[1])
sys.stdin.readline()

import torch
from torch import nn
from torch.nn import functional as F

if not torch.cuda.is_available():
    sys.exit("torch has no CUDA here")
device = "cuda"


def timed(run, milliseconds=150):
    for _ in range(5):
        run()
    torch.cuda.synchronize()
    best = 1e9
    for _ in range(3):
        start, count = time.perf_counter(), 0
        while (time.perf_counter() - start) * 1000 < milliseconds:
            for _ in range(5):
                run()
            count += 5
            torch.cuda.synchronize()
        best = min(best, (time.perf_counter() - start) * 1000 / count)
    return round(best, 4)


def layer(kind, hidden, batch, time_steps):
    net = {"lstm": nn.LSTM, "gru": nn.GRU}[kind](hidden, hidden).to(device)
    x = torch.randn(time_steps, batch, hidden, device=device, requires_grad=True)
    dy = torch.randn(time_steps, batch, hidden, device=device)

    def forward():
        with torch.no_grad():
            net(x)

    def both():
        y, _ = net(x)
        y.backward(dy)
        x.grad = None
        net.zero_grad(set_to_none=True)

    return timed(forward), timed(both)


class Model(nn.Module):
    def __init__(self, kind, vocab, hidden):
        super().__init__()
        self.embedding = nn.Embedding(vocab, hidden)
        self.encoder = {"lstm": nn.LSTM, "gru": nn.GRU}[kind](hidden, hidden)
        self.project = nn.Linear(hidden, vocab)


def model(kind, hidden, batch, time_steps, vocab=65):
    net = Model(kind, vocab, hidden).to(device)
    optimizer = torch.optim.AdamW(net.parameters(), lr=2e-3, fused=True)
    windows = [
        (torch.randint(vocab, (time_steps, batch), device="cpu").pin_memory(), torch.randint(vocab, (time_steps, batch), device="cpu").pin_memory())
        for _ in range(8)
    ]
    run = {"state": None, "step": 0}

    def step():
        tokens, targets = (w.to(device, non_blocking=True) for w in windows[run["step"] % 8])
        run["step"] += 1
        outputs, state = net.encoder(net.embedding(tokens), run["state"])
        run["state"] = tuple(s.detach() for s in state) if isinstance(state, tuple) else state.detach()
        loss = F.cross_entropy(net.project(outputs).flatten(0, 1), targets.flatten())
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimizer.step()
        if run["step"] % 50 == 0:
            loss.item()

    return timed(step)


print(json.dumps({"torch": torch.__version__, "device": torch.cuda.get_device_name(0)}), flush=True)
for tf32 in (False, True):
    torch.backends.cuda.matmul.allow_tf32 = tf32
    torch.backends.cudnn.allow_tf32 = tf32
    for kind in ("lstm", "gru"):
        for size in sizes:
            h, b, t = size["hidden"], size["batch"], size["bptt"]
            forward, both = layer(kind, h, b, t)
            ms = model(kind, h, b, t)
            print(
                json.dumps(
                    {
                        "cell": kind,
                        "H": h,
                        "B": b,
                        "T": t,
                        "tf32": tf32,
                        "forward ms": forward,
                        "forward+backward ms": both,
                        "model ms": ms,
                        "tokens/s": round(b * t * 1000 / ms),
                    }
                ),
                flush=True,
            )
    if not tf32:
        a = torch.randn(2048, 2048, device=device)
        ms = timed(lambda: a @ a, 60)
        print(json.dumps({"product": 2048, "tf32": tf32, "TFLOP/s": round(2 * 2048**3 / ms / 1e9, 1)}), flush=True)
