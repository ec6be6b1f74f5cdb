"""What the masks hide."""

import pytest
import torch

from course_utils.gaps import block_mask, random_mask

both = pytest.mark.parametrize("make", [random_mask, block_mask])


@both
@pytest.mark.parametrize("hidden", [0, 1, 6, 16])
def test_as_many_are_hidden_as_asked_and_none_at_the_edges(make, hidden):
    mask = make(200, 20, hidden, seed=0)
    assert mask.shape == (200, 20) and set(mask.unique().tolist()) <= {0.0, 1.0}
    assert ((1 - mask).sum(dim=1) == hidden).all()
    assert mask[:, [0, 1, -2, -1]].all()


@both
def test_every_place_between_the_edges_is_hidden_some_time(make):
    often = (1 - make(4000, 12, 3, seed=1, edge=1)).sum(dim=0)
    assert often[0] == often[-1] == 0 and often[1:-1].min() > 300


def test_random_places_are_equally_likely():
    often = (1 - random_mask(20_000, 12, 3, seed=2, edge=1)).mean(dim=0)[1:-1]
    torch.testing.assert_close(often, torch.full((10,), 0.3), atol=0.02, rtol=0)


def test_a_block_is_one_run_and_its_starts_are_equally_likely():
    mask = block_mask(20_000, 12, 3, seed=3, edge=1)
    starts = (mask.diff(dim=1) == -1).double()
    assert (starts.sum(dim=1) == 1).all()
    torch.testing.assert_close(starts.mean(dim=0)[:8], torch.full((8,), 1 / 8, dtype=torch.float64), atol=0.02, rtol=0)


@both
def test_each_channel_has_hidden_readings_of_its_own(make):
    mask = make(50, 20, 6, seed=0, channels=3)
    assert mask.shape == (50, 20, 3) and ((1 - mask).sum(dim=1) == 6).all()
    assert mask[:, [0, 1, -2, -1]].all() and not torch.equal(mask[..., 0], mask[..., 1])
    assert torch.equal(mask.mT.reshape(150, 20), make(150, 20, 6, seed=0))


@both
def test_masks_are_functions_of_their_seed(make):
    assert torch.equal(make(30, 20, 5, seed=4), make(30, 20, 5, seed=4))
    assert not torch.equal(make(30, 20, 5, seed=4), make(30, 20, 5, seed=5))


@both
@pytest.mark.parametrize(("hidden", "edge"), [(17, 2), (-1, 2), (1, 10), (1, -1)])
def test_what_does_not_fit_is_refused(make, hidden, edge):
    with pytest.raises(ValueError, match="can be hidden"):
        make(3, 20, hidden, seed=0, edge=edge)
