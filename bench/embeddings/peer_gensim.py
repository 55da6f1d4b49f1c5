# The same tasks by gensim, in a process of their own: peer_gensim.py TASK JSON; the last line is the result as JSON.
import json
import resource
import sys
import time

task, options = sys.argv[1], json.loads(sys.argv[2])

if task == "train":
    from gensim.models import Word2Vec

    began = time.time()
    model = Word2Vec(
        corpus_file=options["file"], sg=1, hs=int(options.get("hierarchical", False)), vector_size=options["dim"],
        window=options["window"], negative=options["negatives"], sample=options["sample"], min_count=options["minCount"],
        workers=options["threads"], epochs=options["epochs"], seed=options.get("seed", 1),
        **({"alpha": options["learningRate"]} if "learningRate" in options else {}),
    )
    if options.get("out"):
        model.wv.save_word2vec_format(options["out"], binary=True)
elif task == "load":
    from gensim.models import KeyedVectors

    began = time.time()
    KeyedVectors.load_word2vec_format(options["file"])

peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
print(json.dumps({"seconds": time.time() - began, "peakMb": peak}))
