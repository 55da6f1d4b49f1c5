"""Runs scikit-learn's t-SNE, umap-learn's UMAP and scikit-learn's trustworthiness; one JSON line each.

usage: peers.py VECTORS.f32 ROWS DIM METHOD...   with METHOD tsne | umap | trust:NAME:POINTS.f32
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


def score(points):
    from sklearn.manifold import trustworthiness

    # On every tenth row: scikit-learn sorts all distances of all rows, which takes 20,000 rows x 20,000 ranks.
    return float(trustworthiness(high[::10], points[::10], n_neighbors=15))


for method in sys.argv[4:]:
    try:
        if method == "tsne":
            from sklearn.manifold import TSNE

            start = time.perf_counter()
            model = TSNE(n_components=2, perplexity=30, init="pca", learning_rate="auto", random_state=1, n_jobs=-1)
            points = model.fit_transform(high)
            seconds = time.perf_counter() - start
            say(method="tsne", tool="scikit-learn", seconds=seconds, kl=float(model.kl_divergence_))
        elif method == "umap":
            import umap

            start = time.perf_counter()
            umap.UMAP(n_neighbors=15, min_dist=0.1).fit(high[:5000])
            say(method="umap", tool="umap-learn", note="first fit on 5,000 rows: compilation", seconds=time.perf_counter() - start)
            start = time.perf_counter()
            points = umap.UMAP(n_neighbors=15, min_dist=0.1).fit_transform(high)  # no seed: its fast, threaded way
            say(method="umap", tool="umap-learn", seconds=time.perf_counter() - start)
        elif method.startswith("trust:"):
            _, name, file = method.split(":", 2)
            say(method="trust", tool=name, trustworthiness=score(np.fromfile(file, dtype=np.float32).reshape(rows, 2)))
            continue
        points.astype(np.float32).tofile(f"{path}.{method}.f32")
    except ImportError as missing:
        say(method=method, skipped=str(missing))
