"""The exercises of the chapter Recurrence today."""

import torch

from course_utils.judging.cases import numbers
from course_utils.judging.exercise import Exercise
from course_utils.scan import loop


def _backward(a, dh):
    total, totals = dh[-1], [dh[-1]]
    for t in range(len(a) - 2, -1, -1):
        total = dh[t] + a[t + 1] * total
        totals.append(total)
    return torch.stack(totals[::-1])


def _by_autograd(a, dh):
    """Return the same from the graph of the loop: an input enters its state as it is."""
    b = torch.zeros_like(dh).requires_grad_()
    with torch.enable_grad():
        (loop(a[None], b[None])[0] * dh).sum().backward(inputs=[b])
    return b.grad


backward = Exercise(
    solution=_backward,
    reference=_by_autograd,
    against="autograd on the loop",
    cases=[numbers((6,), (6,)), numbers((2,), (2,)), numbers((1,), (1,))],
    hints=(
        "Which two ways has h_t to the loss?",
        "Directly, and through h_{t+1} = a_{t+1} h_t + b_{t+1}. So begin at the last step and go back.",
        "`total = dh[-1]`; then, for t from L - 2 down to 0, `total = dh[t] + a[t + 1] * total`; turn the list round.",
    ),
    mistakes={
        "The step from h_t to h_{t+1} has the factor of step t + 1, not of step t.": {"a[t + 1]": "a[t]"},
        "The totals are in the order of going back: turn them round.": {"totals[::-1]": "totals"},
        "That is the immediate derivative alone: what reaches the loss through later states is missing.": {
            "dh[t] + a[t + 1] * total": "dh[t]"
        },
        "Only what comes from the last step goes back: each step adds its own `dh[t]`.": {
            "dh[t] + a[t + 1] * total": "a[t + 1] * total"
        },
        "The factor is missing.": {"a[t + 1] * total": "total"},
        "Only the next step's immediate derivative is passed back, not its total.": {"* total": "* dh[t + 1]"},
        "The factor multiplies `dh[t]`, too.": {"dh[t] + a[t + 1] * total": "a[t + 1] * (dh[t] + total)"},
        "The last step is missing: it starts from `dh[-1]`.": {
            "total, totals = dh[-1],": "total, totals = 0 * dh[-1],"
        },
        "That goes forward in time: a later step does not change an earlier state's way to the loss.": lambda a, dh: (
            loop(a[None], dh[None])[0]
        ),
    },
)


def _flips(bits):
    return 1 - 2 * bits, bits


def _states(arguments, answer):
    """Return the states of the recurrence with these factors and inputs, from 0 and from 1."""
    a, b = (part.expand(arguments[0].shape).expand(2, -1) for part in answer)
    return loop(a, b, torch.tensor([0.0, 1.0]).to(b))


def _bits(*values):
    return (torch.tensor(values, dtype=torch.float64),)


flips = Exercise(
    solution=_flips,
    against="the parity of the ones",
    cases=[_bits(0.0, 1.0, 1.0, 1.0, 0.0, 0.0, 1.0, 0.0, 1.0), _bits(1.0, 1.0, 1.0, 1.0, 1.0), _bits(0.0, 0.0, 0.0)],
    use=_states,
    hints=(
        "A one turns 0 into 1 and 1 into 0. Which straight line h' = a h + b does that, and which one leaves h alone?",
        "For a one h' = 1 - h, for a zero h' = h. So both a and b depend on the bit.",
        "`return 1 - 2 * bits, bits`.",
    ),
    mistakes={
        "That counts the ones: a one has to turn 1 back into 0.": {"1 - 2 * bits, bits": "torch.ones_like(bits), bits"},
        "A one only changes the sign of the state, which is zero: it needs an input, too.": {
            "1 - 2 * bits, bits": "1 - 2 * bits, 0 * bits"
        },
        "A one sets the state to 1, whatever it was: its factor is -1, not 0.": {"1 - 2 * bits": "1 - bits"},
        "Each step shows its own bit: a zero has to keep the state, with factor 1.": {"1 - 2 * bits": "0 * bits"},
        "Zeros change the sign, and ones keep it: it is the other way round.": {"1 - 2 * bits": "2 * bits - 1"},
        "Every step changes the sign; a zero has to keep the state.": {"1 - 2 * bits": "-torch.ones_like(bits)"},
        "Factor and input are exchanged.": {"1 - 2 * bits, bits": "bits, 1 - 2 * bits"},
    },
    forbidden=("cumsum", "cumprod"),
)
