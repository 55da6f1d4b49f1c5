"""Runs scikit-learn's t-SNE and umap-learn's UMAP on a file of float32 rows; one JSON line each.

usage: peers.py VECTORS.f32 ROWS DIM METHOD...   with METHOD tsne | umap
"""
import json
import sys
import time
import warnings

import numpy as np

warnings.filterwarnings("ignore")
path, rows, dim = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
high = np.fromfile(path, dtype=np.float32).reshape(rows, dim)


def say(**fields):
    print(json.dumps(fields), flush=True)


def timed(run):
    wall, cpu = time.perf_counter(), time.process_time()
    result = run()
    return result, {"seconds": time.perf_counter() - wall, "cpu": time.process_time() - cpu}


def tsne():
    from sklearn.manifold import TSNE

    model = TSNE(n_components=2, perplexity=30, init="pca", learning_rate="auto", random_state=1, n_jobs=-1)
    points, times = timed(lambda: model.fit_transform(high))
    return "scikit-learn", points, {**times, "kl": float(model.kl_divergence_)}


def umap():
    from umap import UMAP

    # The first fit compiles; it is reported, and not part of the time that counts. Without a seed: threads allowed.
    _, first = timed(lambda: UMAP(n_neighbors=15, min_dist=0.1).fit(high[:5000]))
    say(method="umap", tool="umap-learn", note="compilation, on 5,000 rows", **first)
    points, times = timed(lambda: UMAP(n_neighbors=15, min_dist=0.1).fit_transform(high))
    return "umap-learn", points, times


for method in sys.argv[4:]:
    try:
        tool, points, fields = {"tsne": tsne, "umap": umap}[method]()
        points.astype(np.float32).tofile(f"{path}.{method}")
        say(method=method, tool=tool, file=f"{path}.{method}", **fields)
    except ImportError as missing:
        say(method=method, skipped=str(missing))
