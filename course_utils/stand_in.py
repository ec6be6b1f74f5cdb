"""scikit-learn's handwritten digits in the place of MNIST, where that is not to be had."""

import torch
from torch.nn.functional import interpolate

TRAIN, FIT = 1440, 1200  # of 1,797 images; of those for training what is not for validation
COPIES = 8


def read():
    """Return scikit-learn's digits, 8×8 pixels resized to 28×28.

    They stay in their stored order (E. Alpaydin and C. Kaynak, Optical Recognition of
    Handwritten Digits, UCI Machine Learning Repository, 1998).

    Returns
    -------
    tuple of torch.Tensor
        Training images, shape (1440, 28, 28), float32 in [0, 1]; their labels, int64 in 0 … 9; and 357 test
        images and labels.
    """
    from sklearn.datasets import load_digits

    digits = load_digits()
    images = torch.tensor(digits.images, dtype=torch.float32).unsqueeze(1) / 16  # (1797, 1, 8, 8)
    images = interpolate(images, size=(28, 28), mode="bilinear").squeeze(1)  # (1797, 28, 28)
    labels = torch.tensor(digits.target, dtype=torch.int64)
    return images[:TRAIN], labels[:TRAIN], images[TRAIN:], labels[TRAIN:]


def write(folder):
    """Write the digits into a new folder as the four unpacked files of MNIST, of one byte a pixel.

    The first five sixths of the training images are there eight times, then the rest eight times: a pass over them
    has as many updates as a recipe for MNIST needs, and none of those set aside for validation is among the others.

    Parameters
    ----------
    folder : pathlib.Path
        ``MNIST/raw`` below the root that is given to torchvision.
    """
    folder.mkdir(parents=True)
    images, labels, test_images, test_labels = read()
    order = torch.cat([torch.arange(FIT).repeat(COPIES), torch.arange(FIT, TRAIN).repeat(COPIES)])
    parts = {"train-images-idx3": images[order], "train-labels-idx1": labels[order]}
    parts |= {"t10k-images-idx3": test_images, "t10k-labels-idx1": test_labels}
    for name, part in parts.items():
        values = (255 * part).round() if part.is_floating_point() else part
        # IDX: two zeros, the type (8: bytes), the number of axes, their lengths, the bytes.
        lengths = b"".join(length.to_bytes(4, "big") for length in part.shape)
        content = bytes([0, 0, 8, part.ndim]) + lengths + values.to(torch.uint8).numpy().tobytes()
        (folder / f"{name}-ubyte").write_bytes(content)
