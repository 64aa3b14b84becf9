"""The network: a small U-Net on half-resolution blocks, one logit per 2x2 block of pixels."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional

__all__ = ["TextNet"]


def _conv(into: int, out: int, *, stride: int = 1, dilation: int = 1) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(into, out, 3, stride, dilation, dilation, bias=False), nn.BatchNorm2d(out), nn.ReLU(inplace=True)
    )


class _Block(nn.Module):
    def __init__(self, width: int, dilation: int = 1) -> None:
        super().__init__()
        self.first = _conv(width, width)
        self.second = nn.Sequential(
            nn.Conv2d(width, width, 3, 1, dilation, dilation, bias=False), nn.BatchNorm2d(width)
        )

    def forward(self, x: Tensor) -> Tensor:
        return functional.relu(x + self.second(self.first(x)))


class TextNet(nn.Module):
    """Three views in, a logit of "text stands here" per 2x2 block out.

    Parameters
    ----------
    widths
        Channels at 1/2, 1/4, 1/8 and 1/16 of the resolution.
    """

    def __init__(self, widths: tuple[int, int, int, int] = (32, 64, 96, 128)) -> None:
        super().__init__()
        a, b, c, d = widths
        self.stem = nn.Sequential(_conv(12, a), _conv(a, a))
        self.down1 = nn.Sequential(_conv(a, b, stride=2), _Block(b))
        self.down2 = nn.Sequential(_conv(b, c, stride=2), _Block(c), _Block(c))
        self.down3 = nn.Sequential(_conv(c, d, stride=2), _Block(d), _Block(d, 2), _Block(d, 4))
        self.turn3, self.turn2, self.turn1 = nn.Conv2d(d, c, 1), nn.Conv2d(c, b, 1), nn.Conv2d(b, a, 1)
        self.up2, self.up1, self.up0 = _conv(c, c), _conv(b, b), _conv(a, a)
        self.head = nn.Conv2d(a, 1, 1)
        nn.init.constant_(self.head.bias, -2.0)  # type: ignore[arg-type]

    def forward(self, x: Tensor) -> Tensor:
        """Map (n, 3, rows, columns), both divisible by 16, to (n, 1, rows / 2, columns / 2)."""
        x = functional.pixel_unshuffle(x, 2)
        s0 = self.stem(x)
        s1 = self.down1(s0)
        s2 = self.down2(s1)
        s3 = self.down3(s2)
        u2 = self.up2(s2 + functional.interpolate(self.turn3(s3), scale_factor=2.0, mode="nearest"))
        u1 = self.up1(s1 + functional.interpolate(self.turn2(u2), scale_factor=2.0, mode="nearest"))
        u0 = self.up0(s0 + functional.interpolate(self.turn1(u1), scale_factor=2.0, mode="nearest"))
        return self.head(u0)
