"""The exercises of the chapter on exploding gradients."""

import torch

from course_utils.checks import hints
from course_utils.checks.loops import PRODUCT_MISTAKES, jacobian_by_autograd, states_case
from course_utils.judging.exercise import Exercise

hint = hints.teller(hints.GRADIENTS)


def _random(*shape, scale=1.0):
    return scale * torch.randn(shape, generator=torch.Generator().manual_seed(sum(shape)), dtype=torch.float64)


jacobian = Exercise(
    task=("``jacobian(states, weight_hh)`` with shapes (T + 1, H) and (H, H) returns ∂h_T/∂h_0, shape (H, H)."),
    reference=jacobian_by_autograd,
    against="autograd's Jacobian on random states",
    cases=[states_case(3, 4), states_case(6, 2), states_case(1, 3), states_case(2, 1)],
    mistakes=PRODUCT_MISTAKES,
    forbidden=("torch.autograd.functional", "torch._functorch"),
)


def _sigma(w):
    return torch.linalg.matrix_norm(w, ord=2)


bound = Exercise(
    task=(
        "``bound(weight_hh, gamma, lag)`` with shape (H, H), a slope and a number of steps returns (γ "
        "σ_max)^lag, a number or a tensor of shape ()."
    ),
    reference=lambda w, gamma, lag: (gamma * torch.linalg.svdvals(w)[0]) ** lag,
    against="(γ σ_max)^lag for random matrices",
    cases=[(_random(3, 3), 0.25, 4), (_random(5, 5), 1.0, 3), (_random(2, 2), 0.5, 0), (_random(1, 1), 0.9, 7)],
    mistakes={
        lambda w, gamma, lag: (gamma * torch.linalg.eigvals(w).abs().max()) ** lag: "That is the spectral radius. "
        "The norm of a product is bounded by the largest singular value.",
        lambda w, gamma, lag: (gamma * torch.linalg.matrix_norm(w)) ** lag: "That is the Frobenius norm: a bound, but "
        "a looser one. The default of `matrix_norm` is not the largest singular value; ask for `ord=2`.",
        lambda w, gamma, lag: _sigma(w) ** lag: "The slope `gamma` is missing.",
        lambda w, gamma, lag: gamma * _sigma(w) ** lag: "`gamma` belongs to every step: it is raised to the power too.",
        lambda w, gamma, lag: gamma * _sigma(w): "That is the bound for one step.",
        lambda w, gamma, lag: gamma * _sigma(w) * lag: "Steps multiply: it is a power, not a multiple.",
        lambda w, gamma, lag: (gamma * torch.linalg.svdvals(w)[-1]) ** lag: "That is the smallest singular value.",
        lambda w, gamma, lag: (gamma * _sigma(w) ** 2) ** lag: "That is an eigenvalue of WᵀW: its root is missing.",
        lambda w, gamma, lag: (
            (gamma * w.abs().max()) ** lag
        ): "That is the largest entry, not the largest singular value.",
        lambda w, gamma, lag: (gamma * _sigma(w)) ** (lag + 1): "There is one factor too many: lag 0 has none.",
        lambda w, gamma, lag: (gamma * _sigma(w)) ** (lag - 1): "There is one factor too few: a lag of 1 has one.",
        lambda w, gamma, lag: gamma**lag * _sigma(w): "The singular value is raised to the power too.",
        lambda w, gamma, lag: gamma**lag * _sigma(torch.linalg.matrix_power(w, lag)): "That is the norm of the power "
        "of W, which only bounds the gradient where all slopes are equal: bound each factor by itself.",
        lambda w, gamma, lag: (gamma * torch.linalg.matrix_norm(w, ord=1)) ** lag: "That is the largest column sum "
        "(`ord=1`). The largest singular value is `ord=2`.",
    },
)
