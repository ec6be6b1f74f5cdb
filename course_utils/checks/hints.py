"""Hints to the exercises: one to three each, the first a question, the last nearly the answer."""

from IPython.display import HTML

from course_utils.questions import fold


def teller(hints):
    """Return the function ``hint`` of a module with exercises.

    Parameters
    ----------
    hints : dict of str to tuple of str
        For each exercise, by the name of its check, the hints in order.

    Returns
    -------
    callable
        ``hint(name)`` returns the hints to one exercise as `IPython.display.HTML`; they open one by one.
        It raises `ValueError`, with the names there are, for another name.
    """

    def hint(name):
        if name not in hints:
            raise ValueError(f"There are no hints to {name!r}. There are hints to: {', '.join(hints)}.")
        return HTML("".join(fold(f"Hint {n} of {len(hints[name])}", text) for n, text in enumerate(hints[name], 1)))

    return hint


RECURRENCE = {
    "rnn": (
        "What does a step need of the step before it, and what does the first step get in its place?",
        "For rows of a batch the products are `x_t @ weight_ih.T` and `h @ weight_hh.T`; both biases are added.",
        "In `for x_t in x`, put the tanh of the sum into `h` and append it; return `torch.stack(states), h`.",
    ),
    "to_pytorch": (
        "`W_xh` is multiplied from the right. On which side does PyTorch multiply `weight_ih`?",
        "Both matrices are transposed. PyTorch adds two biases, the book one: what must the second one be?",
        "The second bias is zero, of the same shape and dtype: `torch.zeros_like(b_h)`.",
    ),
    "last_three": (
        "Which entry of the new state is the input, and where do the other two come from?",
        "Row i of `weight_hh` says what entry i of the new state takes from the old state. Entry 1 takes entry 0.",
        "`weight_ih` is 1, 0, 0. `weight_hh` has ones just below the diagonal and zeros elsewhere.",
    ),
}

GRADIENTS = {
    "jacobian": (
        "What is the Jacobian of a single step, and which state does its slope belong to?",
        "The slope of tanh at step t is 1 − h_t², on the diagonal of a matrix that stands left of `weight_hh`.",
        "Start from the identity; for each of `states[1:]` multiply diag(1 − h_t²) W from the left.",
    ),
    "bound": (
        "By what factor can one step stretch a vector at most?",
        "`torch.linalg.matrix_norm(weight_hh, ord=2)` is σ_max; the bound is (γ σ_max) to the power of the lag.",
    ),
}

RNNCELL = {
    "stacked": (
        "What does the upper cell read at a step: the input, or something that has just been computed?",
        "Each cell keeps a state of its own. The upper one gets the lower one's new state as its input.",
        "`h_lower = lower(x_t, h_lower)`, then `h_upper = upper(h_lower, h_upper)`, both `None` before the first step.",
    ),
    "memoryless_floor": (
        "Without a memory, what is the best answer to a letter that has different targets at different places?",
        "The best probabilities are the shares of the letter's targets; a place costs minus the log of its share.",
        "Count letters and pairs: n equal pairs cost n log(count of the letter / n). Divide by the length.",
    ),
    "agree": (
        "Two cells give the same state. What else can differ, so that one of them learns something else?",
        "Reduce each state to one number with the same random weights, and take its gradients for "
        "`x_t`, `h` and the parameters.",
        "`torch.autograd.grad((mix * state).sum(), [x_t, h, *cell.parameters()], materialize_grads=True)` for both, "
        "then `torch.allclose(…, rtol=0, atol=1e-5)`.",
    ),
}

RNN = {
    "last_real": (
        "At which index of its own row does a sequence of `length` steps end?",
        "`output[torch.arange(len(output)), lengths - 1]`.",
    ),
    "both_ends": (
        "In which order do the rows of `h_n` come: by layer, or by direction?",
        "Join `h_n[-2]` and `h_n[-1]` along the last axis.",
    ),
    "in_chunks": (
        "What goes on from one chunk to the next, and what must not?",
        "The value of the state goes on, its graph does not: `detach` keeps the one and cuts the other.",
        "`for chunk in x.split(steps)`: detach `h` unless it is `None`, call the layer; `torch.cat` the outputs.",
    ),
}

GATES = {
    "lstm": (
        "How many of the four blocks are gates between 0 and 1, and which one is not?",
        "`chunk(4, dim=1)` gives i, f, g, o. All get the sigmoid but g, which gets tanh.",
        "c becomes f·c + i·g; h is o times the tanh of the new c.",
    ),
    "gru": (
        "Does the reset gate act on the state, or on what the matrix has made of the state?",
        "The blocks are r, z, n. In n the gate r multiplies `h @ W_hn.T + b_hn` as a whole, with its bias.",
        "The new state is (1 − z)·n + z·h: where z is 1 the old state stays.",
    ),
    "to_pytorch": (
        "What has to happen to a matrix that is multiplied from the right, and to blocks in another order?",
        "Transpose both matrices, then cut the first axis into three and put z, r, n into the order r, z, n.",
        "The rows of `bias` are `bias_ih` and `bias_hh`; they are cut and joined in the same way.",
    ),
}

DIGITS = {
    "columns": (
        "Which axis is to be time?",
        "`images.transpose(1, 2)`.",
    ),
    "last_scores": (
        "Which axis of `output` is time, with `batch_first=True`?",
        "`linear(output[:, -1])`.",
    ),
    "rnn_width": (
        "How many parameters has one layer of width H with D inputs, both biases counted?",
        "H·D + H·H + 2·H, which is H (D + H + 2). It grows with H.",
        "Count H up from 1 as long as (H + 1)(D + H + 1 + 2) is still within the budget.",
    ),
}

SINE = {
    "half_periods": (
        "How large is a step if `points` of them make half a period and the end is not included?",
        "Add `torch.pi * torch.arange(count)[:, None]` and `step * torch.arange(points)`.",
    ),
    "on_all_steps": (
        "Which axis must stay together when two axes become one?",
        "The units stay last: reshape to (N·L, H_out), multiply by `weight.T`, add the bias.",
        "The result has the shape (N·L, 1); `reshape(batch, length, 1)` gives the axes back.",
    ),
    "floor": (
        "Which windows can a recurrence not tell apart after it has read their first t + 1 inputs?",
        "Those with the same first t + 1 inputs. `torch.unique(…, dim=0, return_inverse=True)` numbers the groups.",
        "Add up, for each step and group, the squared distances from the group's mean; divide by `x.numel()`.",
    ),
}

FORECASTING = {
    "windows_ahead": (
        "How many values does a window need together with the value that is asked for?",
        "`length + ahead`. Cut rows of that size, one step apart, with `unfold`.",
        "The first `length` values of a row are the input, with an axis at the end; its last value is the target.",
    ),
    "seasonal": (
        "Which value of the last period does step k repeat, and how often has the gain been added by then?",
        "Step k repeats place k modulo `period` of the last period, raised k // period + 1 times.",
        "`series[k % period - period] + (k // period + 1) * (series[-1] - series[-1 - period])`, with k from 0.",
    ),
    "airline": (
        "What does the forecast of month t need that the months before it have left behind?",
        "Keep a list of errors, thirteen zeros at first, and go through the months with a loop.",
        "`series[t - 1] + series[t - 12] - series[t - 13] + theta * e[t - 1] + …`, then append `series[t]` minus it.",
    ),
    "split": (
        "Which of the two parts may know the other's mean?",
        "`size = int(share * len(series))`; subtract `first.mean()` and divide by `first.std()` in both parts.",
    ),
}

FREE_RUNNING = {
    "free_run": (
        "What does the first forecast depend on, and what the second?",
        "Read all of `x` first. The first forecast is `head(h)`; each next one reads the forecast before it.",
        "For `steps - 1` times: `h = cell(forecast[-1], h)`, then append `head(h)`. Nothing is detached.",
    ),
    "half_life": (
        "Which matrix turns the last p values into those one step later?",
        "Ones above the diagonal drop the oldest value; the last row holds the weights.",
        "`size = torch.linalg.eigvals(matrix).abs().max()`; after n steps size ** n is left.",
    ),
}

GAPS = {
    "hide": (
        "For each reading: is it there, is it still seen, is it scored?",
        "`there = ~x.isnan()`; still seen is what `lent` leaves of it; scored is the rest of it.",
        "`torch.cat([x.nan_to_num() * left, left], dim=-1)` with `left = there & lent`, and `there & ~lent`.",
    ),
    "merge": (
        "What do both sides know without any reading, and how often does it count?",
        "Compare coefficients of x²: precisions, 1 / variance, add up; the prior's 1 is in both, so take it off once.",
        "The mean is the sum of precision times mean, divided by the joint precision.",
    ),
}
