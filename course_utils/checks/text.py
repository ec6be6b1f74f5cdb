"""The exercises of the chapter on text."""

import torch
from torch.nn.functional import cross_entropy

from course_utils.judging.cases import numbers
from course_utils.judging.exercise import Exercise


def _smoothed(after, lower):
    off = torch.tensor([0, 0.8, 1.3, 1.7])[after.clamp(max=3)]
    n = after.sum()
    if n == 0:
        return lower
    return (after - off + off.sum() * lower) / n


def _counts(*counts):
    """Return counts, and probabilities of as many characters."""
    return torch.tensor(counts), numbers((len(counts),))[0].softmax(0)


smoothed = Exercise(
    solution=_smoothed,
    against="the rule of the text",
    cases=[_counts(3, 0, 1, 0, 0, 2), _counts(0, 0, 0, 0), _counts(0, 7, 0), _counts(1, 1, 2, 0, 5, 0, 1)],
    hints=(
        "How much is taken off each count, and how much is that in all?",
        "With d = 0, 0.8, 1.3, 1.7 in a tensor, `d[after.clamp(max=3)]` is what each count loses; with n = 0 there is "
        "nothing to divide by.",
        "`(after - off + off.sum() * lower) / after.sum()`.",
    ),
    mistakes={
        "A context that was never seen divides 0 by 0: return `lower` there.": {"n == 0": "False"},
        "A context that was never seen has zeros: return `lower` there.": {"return lower": "return 0 * lower"},
        "A context that was never seen has equal probabilities: return `lower` there.": {
            "return lower": "return torch.ones_like(lower) / len(lower)"
        },
        "A count of three or more loses 1.3: it is 1.7.": {"max=3": "max=2"},
        "Every count loses 0.8: two lose 1.3, three and more 1.7.": {"max=3": "max=1"},
        "Characters that did not follow lose something: d(0) is 0.": {"([0, ": "([0.8, "},
        "Nothing is taken off the counts, so that the sum is above 1.": {"after - off": "after"},
        "These are shares of the counts, 0 for what did not follow yet: `lower` must be mixed in.": {
            "after - off + off.sum() * lower": "after"
        },
        "What was taken off is not given away: `off.sum() * lower` is missing.": {" + off.sum() * lower": ""},
        "Each character gets back its own discount times `lower`: it is the sum of all.": {"off.sum()": "off"},
        "`lower` has weight 1: it is the sum of what was taken off.": {"off.sum() * lower": "lower"},
        "`lower` has the mean of what was taken off as weight: it is the sum.": {"off.sum()": "off.mean()"},
        "The sum of the counts divides only what is left of them.": {
            "(after - off + off.sum() * lower) / n": "(after - off) / n + off.sum() * lower"
        },
        "Divide by the sum of the counts.": {" / n": ""},
        "Divide by the sum of the counts, not by how many characters there are.": {" / n": " / len(after)"},
        "That is Witten and Bell's rule, which takes nothing off the counts.": {
            "(after - off + off.sum() * lower) / n": "(after + (after > 0).sum() * lower) / (n + (after > 0).sum())"
        },
        "One is added to each count, and `lower` is not used: that is Laplace's rule.": {
            "(after - off + off.sum() * lower) / n": "(after + 1) / (n + len(after))"
        },
        "`lower` is used only where nothing followed: it must be mixed in everywhere.": {
            "    return (after": "    return torch.where(after > 0, after / n, lower)\n    return (after"
        },
    },
)


def _chances(scores, temperature, top_k):
    best, which = scores.topk(top_k)
    p = torch.zeros_like(scores)
    p[which] = (best / temperature).softmax(0)
    return p


chances = Exercise(
    solution=_chances,
    against="a softmax over scores of which all but k are -inf",
    reference=lambda scores, temperature, top_k: (
        scores.where(scores >= scores.topk(top_k).values[-1], -torch.inf).div(temperature).softmax(0)
    ),
    cases=[(*numbers((7,)), 0.5, 3), (*numbers((9,)), 2.0, 4), (*numbers((5,)), 0.7, 5), (*numbers((6,)), 1.5, 1)],
    hints=(
        "Which characters may still be drawn, and what must their probabilities add up to?",
        "Keep the k largest scores with `topk`, which returns their places, too.",
        "A softmax of these, divided by the temperature, goes to their places in a tensor of zeros.",
    ),
    mistakes={
        "The temperature multiplies the scores: they are divided by it.": {"best / temperature": "best * temperature"},
        "The temperature is not used.": {"best / temperature": "best"},
        "The probabilities are cut off after the softmax, and no longer add up to 1.": {
            "p[which] = (best / temperature).softmax(0)": "p[which] = (scores / temperature).softmax(0)[which]"
        },
        "All characters may be drawn: `top_k` is not used.": {"scores.topk(top_k)": "scores.topk(len(scores))"},
        "The k smallest scores are kept.": {"scores.topk(top_k)": "scores.topk(top_k, largest=False)"},
        "That is a 0 as score for what is cut off, and e to the 0 is 1: it must be minus infinity.": {
            "p[which] = (best / temperature).softmax(0)": "p[which] = best\n    p = (p / temperature).softmax(0)"
        },
        "These are the k probabilities, the largest first: put them to their characters' places.": {
            "    p = torch.zeros_like(scores)\n": "",
            "p[which] = (best": "p = (best",
        },
        "The temperature divides the probabilities, not the scores.": {
            "(best / temperature).softmax(0)": "best.softmax(0) / temperature"
        },
        "The probabilities stand in the first places: put them to their characters'.": {"p[which]": "p[:top_k]"},
        "Only the most probable character is left: keep `top_k` of them.": {"scores.topk(top_k)": "scores.topk(1)"},
        "All kept characters are equally probable here.": {"(best / temperature)": "(0 * best)"},
        "These are scores: a softmax makes probabilities of them.": {".softmax(0)": ""},
        "These are logarithms of probabilities.": {".softmax(0)": ".log_softmax(0)"},
    },
)


def _nats(scores, targets):
    real = targets >= 0
    log_p = scores.log_softmax(dim=-1)
    of_target = log_p.gather(-1, targets.clamp(min=0)[..., None])[..., 0]
    return -of_target[real].mean()


def _padded(*lengths, letters):
    """Return scores, and targets of these lengths that are padded with -100."""
    longest = max(lengths)
    (scores,) = numbers((len(lengths), longest, letters))
    draw = torch.Generator().manual_seed(longest)
    targets = torch.randint(letters, (len(lengths), longest), generator=draw)
    return scores, targets.where(torch.arange(longest) < torch.tensor(lengths)[:, None], -100)


nats = Exercise(
    solution=_nats,
    against="cross_entropy with ignore_index=-100",
    reference=lambda scores, targets: cross_entropy(scores.mT, targets, ignore_index=-100),
    cases=[_padded(4, 2, 7, letters=5), _padded(6, 6, letters=3), _padded(1, 5, 3, 2, letters=4)],
    hints=(
        "Over how many characters is the mean: all places, or those with a target?",
        "`log_softmax` over the last axis, then `gather` what belongs to the targets; −100 is no place to gather from.",
        "`-of_target[targets >= 0].mean()`.",
    ),
    mistakes={
        "The padding is in the mean: divide by the number of real characters.": {
            "-of_target[real].mean()": "-(of_target * real).mean()"
        },
        "The padding counts as character 0: leave it out.": {"of_target[real]": "of_target"},
        "The sign is missing: surprise is minus the logarithm.": {"-of_target": "of_target"},
        "That is a sum: nats a character are a mean.": {"[real].mean()": "[real].sum()"},
        "These are bits: take the natural logarithm.": {"[real].mean()": "[real].mean() / 0.6931471805599453"},
        "That is the perplexity, e to the power of the nats.": {
            "return -of_target[real].mean()": "return (-of_target[real].mean()).exp()"
        },
        "The softmax runs over the steps: it belongs to the characters, the last axis.": {"dim=-1": "dim=1"},
        "The softmax runs over the batch: it belongs to the characters, the last axis.": {"dim=-1": "dim=0"},
        "That is a mean of the rows' means: a character of a short row counts more.": {
            "-of_target[real].mean()": "-((of_target * real).sum(1) / real.sum(1)).mean()"
        },
        "These are scores: take their `log_softmax`.": {"scores.log_softmax(dim=-1)": "scores"},
        "That is the mean of the probabilities: take it of their logarithms.": {
            "scores.log_softmax(dim=-1)": "scores.softmax(dim=-1)"
        },
        "The mean is taken before the logarithm.": {"-of_target[real].mean()": "-of_target[real].exp().mean().log()"},
    },
    differentiable=True,
)
