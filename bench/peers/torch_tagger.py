"""PyTorch: a tagger, as nn.LSTM, packed sequences and autograd make it, served line by line to the bench.

python torch_tagger.py '{"file":"batches.json","decoder":"independent","hidden":128,...,"threads":2}'

Messages are those of serve.mjs. The network is unrolled's own: a row for each word, the last states of a bidirectional LSTM
over its characters, dropout, a bidirectional LSTM over the sentence, dropout, linear; cross-entropy or a linear-chain CRF;
clip_grad_norm_ 1; AdamW; the loss read at every step. The batches are unrolled's, as tensors before the clock starts.
"""

import json
import sys
import time

import torch
from torch import nn
from torch.nn import functional as F
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence, pad_sequence


class Tagger(nn.Module):
    def __init__(self, o, words, characters, tags):
        super().__init__()
        self.words = nn.Embedding(words, o["embedding"])
        self.characters = nn.Embedding(characters, o["characterEmbedding"])
        self.reader = nn.LSTM(o["characterEmbedding"], o["characterHidden"], bidirectional=True)
        self.encoder = nn.LSTM(o["embedding"] + 2 * o["characterHidden"], o["hidden"], bidirectional=True)
        self.output = nn.Linear(2 * o["hidden"], tags)
        self.dropout = nn.Dropout(o["dropout"])
        self.crf = o["decoder"] == "crf"
        if self.crf:
            self.transitions = nn.Parameter(torch.zeros(tags, tags))
            self.start = nn.Parameter(torch.zeros(tags))
            self.end = nn.Parameter(torch.zeros(tags))

    def forward(self, batch):
        """The summed loss. words and tags [T, B], lengths [B], characters [C, N] of the N words, counts [N], places [T, B]."""
        _, (h, _) = self.reader(
            pack_padded_sequence(self.characters(batch["characters"]), batch["counts"], enforce_sorted=False)
        )
        ends = torch.cat([h[0], h[1]], -1)  # [N, 2 H]
        spelled = F.embedding(batch["places"], torch.cat([ends.new_zeros(1, ends.shape[1]), ends]))  # [T, B, 2 H]
        x = self.dropout(torch.cat([self.words(batch["words"]), spelled], -1))
        read, _ = pad_packed_sequence(self.encoder(pack_padded_sequence(x, batch["lengths"], enforce_sorted=False))[0])
        emissions = self.output(self.dropout(read))
        if self.crf:
            return self.chain(emissions, batch["tags"], batch["mask"])
        return F.cross_entropy(emissions.flatten(0, 1), batch["tags"].flatten(), ignore_index=-1, reduction="sum")

    def chain(self, e, tags, mask):
        y = tags.clamp(min=0)
        rows = torch.arange(y.shape[1])
        score = self.start[y[0]] + e[0].gather(1, y[0, :, None])[:, 0]
        alpha = self.start + e[0]
        for t in range(1, e.shape[0]):
            step = self.transitions[y[t - 1], y[t]] + e[t].gather(1, y[t, :, None])[:, 0]
            score = score + step * mask[t]
            following = torch.logsumexp(alpha[:, :, None] + self.transitions, 1) + e[t]
            alpha = torch.where(mask[t, :, None].bool(), following, alpha)
        last = y[mask.sum(0).long() - 1, rows]
        return (torch.logsumexp(alpha + self.end, 1) - score - self.end[last]).sum()


def tensors(batch):
    sentences = [[torch.tensor(row) for row in batch[name]] for name in ("words", "tags")]
    words, tags = pad_sequence(sentences[0]), pad_sequence(sentences[1], padding_value=-1)
    lengths = torch.tensor([len(row) for row in batch["words"]])
    spelled = [torch.tensor(word) for row in batch["characters"] for word in row]
    places, at = torch.zeros_like(words), 1  # place 0: padding
    for b, row in enumerate(batch["words"]):
        places[: len(row), b] = torch.arange(at, at + len(row))
        at += len(row)
    return {
        "words": words,
        "tags": tags,
        "lengths": lengths,
        "mask": (tags >= 0).float(),
        "characters": pad_sequence(spelled),
        "counts": torch.tensor([len(word) for word in spelled]),
        "places": places,
        "total": int(lengths.sum()),
    }


def trainer(o):
    torch.manual_seed(1)
    with open(o["file"], encoding="utf8") as file:
        data = json.load(file)
    batches = [tensors(batch) for batch in data["batches"]]
    model = Tagger(o, data["words"], data["characters"], data["tags"])
    optimizer = torch.optim.AdamW(model.parameters(), lr=5e-3, fused=True)
    run = {"at": 0}

    def go(steps):
        for _ in range(steps):
            batch = batches[run["at"] % len(batches)]
            run["at"] += 1
            loss = model(batch) / batch["total"]
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            value = loss.item()
        return {"loss": value}

    return go


def main():
    options = json.loads(sys.argv[1])
    torch.set_num_threads(options["threads"])
    go = trainer(options)
    say = lambda message: print(json.dumps(message), flush=True)  # noqa: E731
    name = f"PyTorch {torch.__version__.split('+')[0]}"
    say({"ready": True, "name": name, "unitsPerStep": options["batch"]})
    for line in sys.stdin:
        start = time.perf_counter()
        result = go(json.loads(line)["go"])
        say({"ms": (time.perf_counter() - start) * 1000, **result})


try:
    main()
except Exception as error:  # noqa: BLE001
    print(json.dumps({"error": f"{type(error).__name__}: {error}"}), flush=True)
    sys.exit(1)
