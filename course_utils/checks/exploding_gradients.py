"""The exercises of the chapter on exploding gradients."""

import torch

from course_utils.judging.cases import numbers
from course_utils.judging.exercise import Exercise


def _case(steps, size):
    """Return random states (T + 1, H) within tanh's range and a matrix (H, H)."""
    states, weight_hh = numbers((steps + 1, size), (size, size))
    return states.tanh(), weight_hh


def _by_autograd(states, weight_hh):
    """Return the Jacobian of a recurrence that passes through the given states."""
    added = states[1:].atanh() - states[:-1] @ weight_hh.T  # what each step's input must have been

    def last(h):
        for u_t in added:
            h = torch.tanh(u_t + weight_hh @ h)
        return h

    return torch.autograd.functional.jacobian(last, states[0])


def _jacobian(states, weight_hh):
    product = torch.eye(len(weight_hh), dtype=states.dtype)
    for h_t in states[1:]:
        slope = 1 - h_t**2
        step = slope.diag() @ weight_hh
        product = step @ product
    return product


jacobian = Exercise(
    solution=_jacobian,
    reference=_by_autograd,
    against="autograd's Jacobian on random states",
    cases=[_case(3, 4), _case(6, 2), _case(1, 3), _case(2, 1)],
    hints=(
        "What is the Jacobian of a single step, and which state does its slope belong to?",
        "The slope of tanh at step t is 1 − h_t², on the diagonal of a matrix that stands left of `weight_hh`.",
        "Start from the identity; for each of `states[1:]` multiply diag(1 − h_t²) W from the left.",
    ),
    mistakes={
        "The slope is taken at W h_{t−1}, without the inputs: it is 1 − h_t².": {
            "states[1:]": "states[:-1]",
            "h_t**2": "(weight_hh @ h_t).tanh() ** 2",
        },
        "The factors are in the wrong order: the latest step must stand on the left.": {
            "step @ product": "product @ step"
        },
        "`weight_hh` is transposed: the Jacobian of tanh(W h) is diag(f') W.": {"@ weight_hh": "@ weight_hh.T"},
        "The diagonal is on the wrong side: the slopes scale the rows of W.": {
            "slope.diag() @ weight_hh": "weight_hh @ slope.diag()"
        },
        "The slope of tanh is missing.": {"slope.diag() @ ": ""},
        "`weight_hh` is missing.": {" @ weight_hh": ""},
        "The slopes are those of h_0 … h_{T−1} here; the slope of step t is 1 − h_t².": {"states[1:]": "states[:-1]"},
        "There is one factor too many: no step leads to h_0.": {"states[1:]": "states"},
        "There is one factor too few: the first step, to h_1, is missing.": {"states[1:]": "states[2:]"},
        "There is one factor too few: the last step, to h_T, is missing.": {"states[1:]": "states[1:-1]"},
        "`*` multiplies entry by entry; the product of matrices is `@`.": {"() @ weight_hh": "() * weight_hh"},
        "The product starts from zeros: start from the identity.": {"eye(len(weight_hh)": "zeros(weight_hh.shape"},
        "The product starts from ones: start from the identity, torch.eye.": {
            "eye(len(weight_hh)": "ones(weight_hh.shape"
        },
        "That is the last factor alone: multiply them all.": {"step @ product": "step"},
        "`*` multiplies entry by entry, ones at first; the product of the steps is `@`, from the identity.": {
            "eye(len(weight_hh)": "ones(weight_hh.shape",
            "step @ product": "step * product",
        },
        "The factors are added, zeros at first: steps multiply.": {
            "eye(len(weight_hh)": "zeros(weight_hh.shape",
            "step @ product": "step + product",
        },
        "The factors are added: steps multiply.": {"step @ product": "step + product"},
        "That divides by the slope: multiply by 1 − h².": {"1 - h_t**2": "1 / (1 - h_t**2)"},
        "There is one `weight_hh` too many: start from the identity.": {"return product": "return product @ weight_hh"},
        "There is one `weight_hh.T` too many: start from the identity.": {
            "return product": "return product @ weight_hh.T"
        },
        "The slope of tanh is 1 − h², not (1 − h)².": {"1 - h_t**2": "(1 - h_t) ** 2"},
        "The slope of tanh is 1 − h², not 1 − h.": {"h_t**2": "h_t"},
        "tanh is applied twice: the states are tanh a_t already.": {"h_t**2": "h_t.tanh() ** 2"},
        "That is the slope of the sigmoid; tanh has 1 − h².": {"1 - h_t**2": "h_t * (1 - h_t)"},
        "The result is transposed: row i says how unit i of h_T reacts.": {"n product": "n product.T"},
    },
    forbidden=("torch.autograd.functional", "torch._functorch"),
)


def _bound(weight_hh, gamma, lag):
    sigma = torch.linalg.svdvals(weight_hh)[0]
    return (gamma * sigma) ** lag


bound = Exercise(
    solution=_bound,
    against="(γ σ_max)^lag for random matrices",
    cases=[
        (*numbers((size, size)), gamma, lag)
        for size, gamma, lag in ((3, 0.25, 4), (5, 1.0, 3), (2, 0.5, 0), (1, 0.9, 7))
    ],
    hints=(
        "By what factor can one step stretch a vector at most?",
        "`torch.linalg.matrix_norm(weight_hh, ord=2)` is σ_max; the bound is (γ σ_max) to the power of the lag.",
    ),
    mistakes={
        "That is the spectral radius; the bound needs the largest singular value.": {
            "svdvals(weight_hh)[0]": "eigvals(weight_hh).abs().max()"
        },
        "That is the Frobenius norm, the default of `matrix_norm`; ask for `ord=2`.": {
            "svdvals(weight_hh)[0]": "matrix_norm(weight_hh)"
        },
        "The slope `gamma` is missing.": {"(gamma * sigma) ** lag": "sigma**lag"},
        "`gamma` belongs to every step, so it is raised to the power too.": {"(gamma * sigma) **": "gamma * sigma **"},
        "It is cut at 1: a bound may be larger.": {"(gamma * sigma) ** lag": "min(1.0, (gamma * sigma) ** lag)"},
        "That is the sum over all lags up to this one.": {
            "(gamma * sigma) ** lag": "sum((gamma * sigma) ** n for n in range(1, lag + 1))"
        },
        "That is the bound for one step.": {"(gamma * sigma) ** lag": "gamma * sigma"},
        "Steps multiply: it is a power, not a multiple.": {"(gamma * sigma) ** lag": "gamma * sigma * lag"},
        "That is the smallest singular value.": {"[0]": "[-1]"},
        "That is an eigenvalue of WᵀW: its root is missing.": {"(weight_hh)[0]": "(weight_hh)[0] ** 2"},
        "That is the largest entry in size, not σ_max.": {
            "torch.linalg.svdvals(weight_hh)[0]": "weight_hh.abs().max()"
        },
        "That is the largest entry, not σ_max.": {"torch.linalg.svdvals(weight_hh)[0]": "weight_hh.max()"},
        "That is the largest row sum; the largest singular value is `ord=2`.": {
            "svdvals(weight_hh)[0]": "matrix_norm(weight_hh, float('inf'))"
        },
        "There is one factor too many: lag 0 has none.": {"** lag": "** (lag + 1)"},
        "There is one factor too few: a lag of 1 has one.": {"** lag": "** (lag - 1)"},
        "The singular value is raised to the power too.": {"(gamma * sigma) ** lag": "gamma**lag * sigma"},
        "That is the norm of a power of W; bound each factor by itself.": {
            "svdvals(weight_hh)[0]": "svdvals(weight_hh.matrix_power(lag))[0] ** (1 / max(lag, 1))"
        },
        "That is the largest column sum; the largest singular value is `ord=2`.": {
            "svdvals(weight_hh)[0]": "matrix_norm(weight_hh, 1)"
        },
    },
)
