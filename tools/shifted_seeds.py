"""Run in a notebook's kernel before all else, by tools/redraw.py.

Everything that turns a number into random ones adds the shift: the notebook's own calls, and the package's,
whose functions take seeds and pass them on to these.
"""


def shift_all_seeds(shift):
    """Add a number to every seed that is set from now on, and show after each cell the claims judged in it."""
    import random

    import numpy
    import torch
    from IPython import get_ipython
    from IPython.display import display

    def other(seed):
        if not shift:
            return seed
        if isinstance(seed, int | numpy.integer | torch.Tensor):
            return seed + shift
        if isinstance(seed, list | tuple | numpy.ndarray):
            return [shift, *seed]
        return f"{seed}{shift}" if isinstance(seed, str) else seed

    def shifted(function):
        def call(*seeds, **named):
            named = {name: other(value) if name in ("seed", "a", "entropy") else value for name, value in named.items()}
            return function(*map(other, seeds[:1]), *seeds[1:], **named)

        return call

    class Generator(torch.Generator):
        def manual_seed(self, seed):
            return super().manual_seed(int(seed) + shift)

    class Random(random.Random):
        def __init__(self, seed=None):
            super().__init__(seed)

        def seed(self, a=None, *rest):
            super().seed(other(a), *rest)

    class RandomState(numpy.random.RandomState):
        def __init__(self, seed=None):
            super().__init__(other(seed))

    torch.Generator = Generator
    torch.manual_seed = torch.random.manual_seed = shifted(torch.manual_seed)
    torch.cuda.manual_seed = shifted(torch.cuda.manual_seed)
    torch.cuda.manual_seed_all = shifted(torch.cuda.manual_seed_all)
    for name in ("default_rng", "seed", "SeedSequence", "PCG64"):
        setattr(numpy.random, name, shifted(getattr(numpy.random, name)))
    numpy.random.RandomState = RandomState
    random.seed = shifted(random.seed)
    random.Random = Random

    from course_utils import claims

    claims.judged = []

    def report(*arguments):
        found = [[v.claim, v.value, v.threshold, v.margin] for v in claims.judged]
        claims.judged.clear()
        if found:
            display({"application/x-course-claims+json": found}, raw=True)

    get_ipython().events.register("post_run_cell", report)
