#!/bin/sh
# sh bench/embeddings/build_word2vec.sh word2vec.c OUT : the peer of run.mjs from Mikolov's source, with the repair of its
# issue 47 (the end of the file is remembered over epochs, so that the last thread reads only one). Needs gcc.
set -e
sed 's/^      last_word_count = 0;$/& eof = 0;/' "$1" |
  gcc -x c - -o "$2" -Ofast -march=native -funroll-loops -w -lm -pthread
