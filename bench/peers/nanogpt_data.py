"""Writes a text as nanoGPT's character data set: train.bin, val.bin (uint16 ids; 90 % and 10 %) and meta.pkl.

python nanogpt_data.py TEXT[.gz] FOLDER      (its own prepare.py would download the text)
"""

import gzip
import pickle
import sys
from pathlib import Path

import numpy as np

source, folder = Path(sys.argv[1]), Path(sys.argv[2])
raw = source.read_bytes()
text = (gzip.decompress(raw) if source.suffix == ".gz" else raw).decode()
symbols = sorted(set(text))
ids = {symbol: i for i, symbol in enumerate(symbols)}
cut = int(len(text) * 0.9)
folder.mkdir(parents=True, exist_ok=True)
for name, part in (("train", text[:cut]), ("val", text[cut:])):
    np.array([ids[symbol] for symbol in part], dtype=np.uint16).tofile(folder / f"{name}.bin")
meta = {"vocab_size": len(symbols), "itos": dict(enumerate(symbols)), "stoi": ids}
(folder / "meta.pkl").write_bytes(pickle.dumps(meta))
