"""Compare the place-names program of the book with counting, on many splits.

Usage: ``python experiments/text_names.py``, two minutes. It executes the program of ``05-nn-rnn`` with thirty splits
instead of five, and counts letters and pairs of letters on the same ones.
"""

import executed as program
import numpy as np
import record
import torch
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.metrics import balanced_accuracy_score
from sklearn.naive_bayes import MultinomialNB

SPLITS = 30
DIRECT = ("self.gru(x)[0]", "x")  # takes the GRU out: a mean of embeddings
HEAD = ("nn.Linear(2 * hidden,", "nn.Linear(32,")


def measure(seed):
    """Return the balanced shares right of GRU, counting, and the program without its GRU, a number a split."""
    settings = [("manual_seed(0)", f"manual_seed({seed})"), ("range(5)", f"range({SPLITS})")]
    ways = {"GRU": settings, "without the GRU": [*settings, DIRECT, HEAD]}
    found = {}
    for name, changes in ways.items():
        names = program.executed("05-nn-rnn", changes, until="model = train(Reader(), items)")
        found[name] = [float(share) for share in names["found"]]
    places = np.array([label for _, label in names["items"]])
    vectors = CountVectorizer(analyzer="char_wb", ngram_range=(1, 2))
    counts = vectors.fit_transform([name for name, _ in names["pairs"]]).toarray()
    found["counting"] = []
    for order in names["orders"]:
        rest, fit = order[: len(order) // 5], order[len(order) // 5 :]
        rule = MultinomialNB(alpha=0.5, fit_prior=False).fit(counts[fit], places[fit])
        found["counting"].append(float(balanced_accuracy_score(places[rest], rule.predict(counts[rest]))))
    record.say({name: np.mean(row) for name, row in found.items()})
    return found | {"names": len(places)}


if __name__ == "__main__":
    torch.set_num_threads(1)
    shift = record.shift(__doc__)
    record.keep("text_names", measure(shift), shift=shift)
