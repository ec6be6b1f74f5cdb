"""The exercises of the chapter on exploding gradients."""

import torch

from course_utils.checks import hints
from course_utils.judging.exercise import Exercise, Mistake

hint = hints.teller(hints.GRADIENTS)


def _random(*shape, scale=1.0):
    return scale * torch.randn(shape, generator=torch.Generator().manual_seed(sum(shape)), dtype=torch.float64)


def _states_case(steps, size):
    """Return random states (T + 1, H) within tanh's range and a matrix (H, H)."""
    generator = torch.Generator().manual_seed(steps)
    states, weight_hh = (
        torch.randn(rows, size, generator=generator, dtype=torch.float64) for rows in (steps + 1, size)
    )
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
        product = torch.diag(1 - h_t**2) @ weight_hh @ product
    return product


jacobian = Exercise(
    task=("``jacobian(states, weight_hh)`` with shapes (T + 1, H) and (H, H) returns ∂h_T/∂h_0, shape (H, H)."),
    reference=_by_autograd,
    solution=_jacobian,
    against="autograd's Jacobian on random states",
    cases=[_states_case(3, 4), _states_case(6, 2), _states_case(1, 3), _states_case(2, 1)],
    mistakes=[
        Mistake(
            "The slope is taken at W h_{t−1}, without the inputs. The states hold all that is needed: tanh' is "
            "1 − h_t².",
            {"states[1:]": "states[:-1]", "h_t**2": "torch.tanh(weight_hh @ h_t) ** 2"},
        ),
        Mistake(
            "The factors are in the wrong order: the latest step belongs on the left.",
            {"torch.diag(1 - h_t**2) @ weight_hh @ product": "product @ torch.diag(1 - h_t**2) @ weight_hh"},
        ),
        Mistake(
            "`weight_hh` is transposed: h_t = tanh(W h) has the Jacobian diag(f') W.",
            {"@ weight_hh @": "@ weight_hh.T @"},
        ),
        Mistake(
            "The diagonal is on the wrong side: the activation comes after the product with W, so its slope "
            "scales rows.",
            {"torch.diag(1 - h_t**2) @ weight_hh": "weight_hh @ torch.diag(1 - h_t**2)"},
        ),
        Mistake("The slope of tanh is missing.", {"torch.diag(1 - h_t**2) @ ": ""}),
        Mistake("`weight_hh` is missing.", {"@ weight_hh @": "@"}),
        Mistake(
            "The slopes belong to the states h_0 … h_{T−1}; the slope of step t is 1 − h_t².",
            {"states[1:]": "states[:-1]"},
        ),
        Mistake("There is one factor too many: h_0 is no step.", {"states[1:]": "states"}),
        Mistake("There is one factor too few: the first step, to h_1, is missing.", {"states[1:]": "states[2:]"}),
        Mistake("There is one factor too few: the last step, to h_T, is missing.", {"states[1:]": "states[1:-1]"}),
        Mistake("`*` multiplies entry by entry; the product of matrices is `@`.", {") @ weight_hh": ") * weight_hh"}),
        Mistake(
            "There is one `weight_hh` too many: the product starts from the identity.",
            {"return product": "return product @ weight_hh"},
        ),
        Mistake("The slope of tanh is 1 − h², not 1 − h.", {"h_t**2": "h_t"}),
        Mistake(
            "tanh is applied a second time: the states are tanh a_t already, so the slope is 1 − h_t².",
            {"h_t**2": "torch.tanh(h_t) ** 2"},
        ),
        Mistake("That is the slope of the sigmoid; tanh has 1 − h².", {"1 - h_t**2": "h_t * (1 - h_t)"}),
        Mistake(
            "The result is transposed: row i says how unit i of h_T reacts.", {"return product": "return product.T"}
        ),
    ],
    forbidden=("torch.autograd.functional", "torch._functorch"),
)


def _bound(weight_hh, gamma, lag):
    sigma = torch.linalg.svdvals(weight_hh)[0]
    return (gamma * sigma) ** lag


bound = Exercise(
    task=(
        "``bound(weight_hh, gamma, lag)`` with shape (H, H), a slope and a number of steps returns (γ "
        "σ_max)^lag, a number or a tensor of shape ()."
    ),
    reference=_bound,
    solution=_bound,
    against="(γ σ_max)^lag for random matrices",
    cases=[(_random(3, 3), 0.25, 4), (_random(5, 5), 1.0, 3), (_random(2, 2), 0.5, 0), (_random(1, 1), 0.9, 7)],
    mistakes=[
        Mistake(
            "That is the spectral radius. The norm of a product is bounded by the largest singular value.",
            {"torch.linalg.svdvals(weight_hh)[0]": "torch.linalg.eigvals(weight_hh).abs().max()"},
        ),
        Mistake(
            "That is the Frobenius norm: a bound, but a looser one. The default of `matrix_norm` is not the "
            "largest singular value; ask for `ord=2`.",
            {"torch.linalg.svdvals(weight_hh)[0]": "torch.linalg.matrix_norm(weight_hh)"},
        ),
        Mistake("The slope `gamma` is missing.", {"(gamma * sigma) ** lag": "sigma**lag"}),
        Mistake(
            "`gamma` belongs to every step: it is raised to the power too.",
            {"(gamma * sigma) ** lag": "gamma * sigma**lag"},
        ),
        Mistake("That is the bound for one step.", {"(gamma * sigma) ** lag": "gamma * sigma"}),
        Mistake("Steps multiply: it is a power, not a multiple.", {"(gamma * sigma) ** lag": "gamma * sigma * lag"}),
        Mistake("That is the smallest singular value.", {"[0]": "[-1]"}),
        Mistake(
            "That is an eigenvalue of WᵀW: its root is missing.",
            {"torch.linalg.svdvals(weight_hh)[0]": "torch.linalg.svdvals(weight_hh)[0] ** 2"},
        ),
        Mistake(
            "That is the largest entry, not the largest singular value.",
            {"torch.linalg.svdvals(weight_hh)[0]": "weight_hh.abs().max()"},
        ),
        Mistake("There is one factor too many: lag 0 has none.", {"** lag": "** (lag + 1)"}),
        Mistake("There is one factor too few: a lag of 1 has one.", {"** lag": "** (lag - 1)"}),
        Mistake("The singular value is raised to the power too.", {"(gamma * sigma) ** lag": "gamma**lag * sigma"}),
        Mistake(
            "That is the norm of the power of W, which only bounds the gradient where all slopes are equal: "
            "bound each factor by itself.",
            {
                "svdvals(weight_hh)": "svdvals(torch.linalg.matrix_power(weight_hh, lag))",
                "(gamma * sigma) ** lag": "gamma**lag * sigma",
            },
        ),
        Mistake(
            "That is the largest column sum (`ord=1`). The largest singular value is `ord=2`.",
            {"torch.linalg.svdvals(weight_hh)[0]": "torch.linalg.matrix_norm(weight_hh, ord=1)"},
        ),
    ],
)
